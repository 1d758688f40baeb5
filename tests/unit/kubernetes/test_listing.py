"""A list read object by object: what is kept of it, in good times and in bad."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from fleetscan.errors import ClusterError
from fleetscan.kubernetes.listing import Listed, listed
from fleetscan.kubernetes.questions import FAILED_PODS, NODES, Question


class Answer:
    """A server's answer as an error bears it."""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


class StatusError(Exception):
    """An error with a server's answer."""

    def __init__(self, status_code: int) -> None:
        super().__init__(f"status {status_code}")
        self.response = Answer(status_code)


class TooLargeError(ClusterError):
    """Known by its name, as the client's own."""


class OutOfTimeError(ClusterError):
    """The same."""


class Lists:
    """Yields lists in turn; an exception in one is raised where it stands."""

    def __init__(self, *lists: Iterable[int | Exception]) -> None:
        self._lists = iter(lists)
        self.asked: list[bool] = []

    def __call__(self, question: Question, *, is_paged: bool) -> Iterator[int]:
        """Yield the next list."""
        assert question in {NODES, FAILED_PODS}
        self.asked.append(is_paged)
        for one in next(self._lists):
            if isinstance(one, Exception):
                raise one
            yield one


def even(number: int) -> int | None:
    """Keep every second."""
    return None if number % 2 else number


def read(
    lists: Lists, question: Question = NODES, *, most: int = 100, order: Callable[[int], int] | None = None
) -> Listed[int]:
    """Read a list and keep the even numbers."""
    return listed(
        lists, question, even, most=most, order=order, explain=lambda error, _, count: f"{error} after {count}"
    )


def test_what_is_wanted_is_kept() -> None:
    """In the order in which it came."""
    expected = Listed(values=[2, 0, 4])

    assert expected == read(Lists([2, 1, 0, 3, 4]))


def test_the_first_are_kept_where_there_is_no_order() -> None:
    """And it is said how many are not."""
    found = read(Lists(range(0, 2_000, 2)), most=10)

    assert found.values == list(range(0, 20, 2))
    assert found.problem == "Of the list of nodes, 10 are kept and 990 more are left out."
    assert found.is_complete


def test_the_last_by_order_are_kept() -> None:
    """However they come."""
    found = read(Lists([*range(0, 1_000, 2), *range(1_000, 2_000, 2)][::-1]), most=10, order=lambda one: one)

    assert found.values == list(range(1_980, 2_000, 2))
    assert found.left_out == 990


def test_no_more_than_twice_the_most_is_ever_held() -> None:
    """A list that never ends is held by its newest."""
    held: list[int] = []

    def watched(number: int) -> int:
        held.append(number)
        return number

    found = listed(Lists(range(100_000)), NODES, watched, most=10, order=lambda one: one, explain=lambda *_: "")

    assert found.values == list(range(99_990, 100_000))
    assert found.left_out == 99_990


def test_what_was_read_before_a_problem_is_kept_with_its_sentence() -> None:
    """A part is better than nothing, and is said to be one."""
    expected = Listed(values=[0, 2], problem="boom after 2", is_complete=False)

    assert expected == read(Lists([0, 1, 2, ValueError("boom"), 4]))


def test_pages_that_are_gone_are_begun_anew_once() -> None:
    """Without what was read of the first attempt."""
    again = Lists([0, 2, StatusError(410)], [4, 6])
    twice = Lists([0, StatusError(410)], [2, 4, StatusError(410)])

    assert read(again) == Listed(values=[4, 6])
    assert read(twice) == Listed(values=[2, 4], problem="status 410 after 2", is_complete=False)


def test_what_is_too_large_at_once_is_asked_for_in_pages() -> None:
    """A cluster with ten thousand failed pods."""
    lists = Lists([TooLargeError("large")], [0, 2])

    assert read(lists, FAILED_PODS) == Listed(values=[0, 2])
    assert lists.asked == [False, True]


def test_a_page_that_is_too_large_is_given_up() -> None:
    """There is nothing smaller to ask for."""
    lists = Lists([TooLargeError("large")], [TooLargeError("large")])

    assert read(lists, FAILED_PODS).problem == "large after 0"
    assert lists.asked == [False, True]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (StatusError(403), (True, False)),
        (StatusError(401), (False, True)),
        (StatusError(500), (False, False)),
        (OutOfTimeError("late"), (False, True)),
        (ValueError("boom"), (False, False)),
    ],
)
def test_it_is_reported_what_other_lists_need_not_be_asked_for(error: Exception, expected: tuple[bool, bool]) -> None:
    """Denied is the resource, lost is the cluster."""
    found = read(Lists([error]))

    assert expected == (found.is_denied, found.is_cluster_lost)


def test_what_cannot_be_reckoned_with_is_left_out_and_reported() -> None:
    """A number of 400 digits here; of a node, a time without its zone. The rest of the list is read on."""
    found = read(Lists([2, 10**400, 4, -(10**400)]))

    assert found.values == [2, 4]
    assert found.problem == "Of the list of nodes, 2 objects have invalid times or numbers: left out."
    assert found.is_complete
