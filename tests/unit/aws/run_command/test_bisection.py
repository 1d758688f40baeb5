"""Finding the bad ids of a call that fails as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.aws.errors import AwsError
from fleetscan.aws.run_command.bisection import Division, divide, ids_in, named

IDS = [f"i-{number:017x}" for number in range(50)]


def error(message: str = "") -> ClientError:
    """Make the error of a call with a bad id in it."""
    return ClientError({"Error": {"Code": "InvalidInstanceId", "Message": message}}, "SendCommand")


def nobody(_: AwsError, __: Sequence[str]) -> Sequence[str]:
    """Blame none by name."""
    return ()


def service(bad: set[str], calls: list[tuple[str, ...]]) -> Callable[[Sequence[str]], int]:
    """Return a call that fails, without saying why, as long as a bad id is in it."""

    def call(ids: Sequence[str]) -> int:
        calls.append(tuple(ids))
        if bad & set(ids):
            raise error()
        return len(ids)

    return call


def test_a_batch_without_bad_ids_takes_one_call() -> None:
    """Nothing is paid for what is well."""
    calls: list[tuple[str, ...]] = []
    expected = Division(answers=((tuple(IDS), 50),), refused={})

    assert expected == divide(IDS, service(set(), calls), nobody, batch_size=50)
    assert len(calls) == 1


def test_three_bad_ids_of_fifty_are_found_in_29_calls_by_halving_alone() -> None:
    """The good 47 are all answered; SSM at times does not say which id was bad."""
    calls: list[tuple[str, ...]] = []
    bad = {IDS[3], IDS[21], IDS[44]}

    division = divide(IDS, service(bad, calls), nobody, batch_size=50)

    assert bad == set(division.refused)
    assert [each for each in IDS if each not in bad] == [each for ids, _ in division.answers for each in ids]
    assert len(calls) == 29


def test_three_bad_ids_of_fifty_take_two_calls_when_the_message_names_them() -> None:
    """SSM usually says ``Instances [[i-0a, i-0b]] not in a valid state for account 1``."""
    calls: list[tuple[str, ...]] = []
    bad = {IDS[3], IDS[21], IDS[44]}

    def call(ids: Sequence[str]) -> int:
        calls.append(tuple(ids))
        if found := sorted(bad & set(ids)):
            raise error(f"Instances [[{', '.join(found)}]] not in a valid state for account 123456789012")
        return len(ids)

    division = divide(IDS, call, named, batch_size=50)

    assert bad == set(division.refused)
    assert [answer for _, answer in division.answers] == [47]
    assert len(calls) == 2


def test_a_message_that_names_every_id_says_nothing() -> None:
    """It may merely repeat the request, so the batch is halved rather than condemned."""
    expected: tuple[str, ...] = ()

    assert expected == named(error(" ".join(IDS)), IDS)


def test_a_message_that_names_the_only_id_is_taken_at_its_word() -> None:
    """One id, one error."""
    expected = (IDS[0],)

    assert expected == named(error(IDS[0]), IDS[:1])


def test_an_id_is_not_found_inside_a_longer_one() -> None:
    """i-0123abcd is not i-0123abcdef0123456."""
    expected = frozenset({"i-0123abcdef0123456", "mi-0a"})

    assert expected == ids_in("Instances [[i-0123abcdef0123456, mi-0a]] not in a valid state")


def test_an_error_that_is_not_about_ids_is_raised() -> None:
    """A document that does not exist is nobody's fault in the batch."""

    def call(_: Sequence[str]) -> int:
        raise error("no such document")

    with pytest.raises(ClientError):
        divide(IDS, call, lambda *_: None, batch_size=50)


@given(st.lists(st.integers(0, 120), unique=True), st.sets(st.integers(0, 120)), st.integers(1, 50))
def test_each_id_is_answered_or_refused_exactly_once_and_in_order(numbers: list[int], bad: set[int], size: int) -> None:
    """Whatever is bad and however it is batched."""
    ids = [f"i-{number}" for number in numbers]
    refused = {f"i-{number}" for number in bad}

    division = divide(ids, service(refused, []), nobody, batch_size=size)

    assert [each for each in ids if each not in refused] == [each for some, _ in division.answers for each in some]
    assert refused & set(ids) == set(division.refused)
