"""Workers that the last scan saw and this one does not: most of a cluster or of a node group is a finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from fleetscan.diagnosis.rules.workers_lost import RULE, Limits
from fleetscan.fleet.lost_workers import Now, lost_workers
from fleetscan.model import CaptureStatus, Diagnosis
from fleetscan.model.conclusion import FleetFinding
from fleetscan.model.finding import Evidence, Severity
from fleetscan.model.roster import Roster
from tests.fixtures.lives import START, diagnosis, instance

LIMITS = Limits()


def workers(first: int, last: int, *, group: str = "workers", cluster: str = "live") -> list[Diagnosis]:
    """Return the nodes of these numbers, both ends included."""
    return [diagnosis(number, group=group, cluster=cluster) for number in range(first, last + 1)]


def now(
    diagnoses: Sequence[Diagnosis], minute: float = 5.0, *, is_hidden: Callable[[str, str], bool] | None = None
) -> Now:
    """Return a scan that began so many minutes after the first."""
    return Now(
        at=START + timedelta(minutes=minute), diagnoses=diagnoses, is_hidden=is_hidden or (lambda _id, _cluster: False)
    )


def scans(*several: Now, limits: Limits = LIMITS) -> list[list[tuple[str, str]]]:
    """Return cluster and subject of what each scan found, one after the other."""
    rosters: tuple[Roster, ...] = ()
    found = []
    for one in several:
        rosters, findings = lost_workers(rosters, one, limits)
        found.append([(each.cluster, each.subject) for each in findings])
    return found


def test_a_cluster_that_loses_most_of_its_workers_is_a_finding() -> None:
    """The finding names the lost ones, and what it means for what was found on them."""
    before, _ = lost_workers((), now(workers(1, 8), 0), LIMITS)
    rosters, findings = lost_workers(before, now(workers(1, 2)), LIMITS)
    expected = FleetFinding(
        rule="workers_lost",
        cluster="live",
        title=RULE.title,
        remedy=RULE.remedy,
        evidence=Evidence(
            severity=Severity.WARNING,
            text="cluster live lost 6 of 8 workers between two scans, 2 workers left (first seen at 06:10:00 UTC); "
            f"gone: {instance(3)}, {instance(4)}, {instance(5)} and 3 more; what was found on them stays open",
            measured=0.75,
            limit=0.5,
        ),
        instance_ids=tuple(instance(number) for number in range(3, 9)),
    )
    kept = replace(before[0], at=START + timedelta(minutes=5), lost_since=START + timedelta(minutes=5))

    assert (rosters, findings) == ((kept,), (expected,))


def test_it_stays_as_long_as_they_are_missing_and_ends_when_half_are_back() -> None:
    """Each scan compares with the workers before the loss, whichever ids the new ones have."""
    found = scans(
        now(workers(1, 8), 0),
        now([]),
        now(workers(11, 12), 10),
        now(workers(11, 13), 15),
        now(workers(11, 14), 20),
        now(workers(11, 14), 25),
    )

    assert found == [[], [("live", "")], [("live", "")], [("live", "")], [], []]


def test_after_a_day_the_smaller_number_is_the_size() -> None:
    """Nobody expects them back."""
    day = 24 * 60
    found = scans(
        now(workers(1, 8), 0),
        *(now(workers(1, 1), 5 + minute) for minute in range(0, day, 360)),
        now(workers(1, 1), 5 + day),
        now(workers(1, 1), 10 + day),
    )

    assert found == [[], *[[("live", "")]] * 4, [], []]


@pytest.mark.parametrize(
    "after",
    [
        workers(11, 18),
        workers(5, 8),
        workers(1, 8, group="others"),
        [*workers(1, 1), *workers(11, 13)],
    ],
)
def test_what_was_replaced_or_is_half_there_is_not_lost(after: list[Diagnosis]) -> None:
    """A rolling update, a scale-down by half, and a group that took over the nodes' work."""
    assert scans(now(workers(1, 8), 0), now(after)) == [[], []]


def test_a_few_at_a_time_are_a_scale_down() -> None:
    """Ten, eight, six, four, two: an autoscaler; no two scans differ by more than half."""
    assert scans(*(now(workers(1, 10 - 2 * step), 5 * step) for step in range(4))) == [[]] * 4


def test_a_node_group_is_found_where_its_cluster_stays() -> None:
    """One finding for it, and one for the nodes without a group; a group of two comes and goes."""
    stays = workers(50, 90, group="stays")
    found = scans(
        now([*stays, *workers(1, 4, group="ng-1"), *workers(11, 14, group=""), *workers(21, 22, group="small")], 0),
        now([*stays, *workers(4, 4, group="ng-1")]),
        now([*stays, *workers(4, 4, group="ng-1")], 10),
        now([*stays, *workers(4, 5, group="ng-1"), *workers(11, 11, group="")], 15),
    )
    both = [("live", "ng-1"), ("live", "self-managed")]

    assert found == [[], both, both, [("live", "self-managed")]]


def test_a_cluster_is_one_finding_and_not_one_for_each_group() -> None:
    """Two groups of one cluster went; the other cluster is as it was."""
    found = scans(
        now([*workers(1, 4, group="a"), *workers(5, 8, group="b"), *workers(9, 12, cluster="other")], 0),
        now([*workers(9, 12, cluster="other")]),
    )

    assert found == [[], [("live", "")]]


def test_a_group_that_stays_away_when_its_cluster_is_back_was_lost_with_it() -> None:
    """Its time runs from the loss of the cluster."""
    first, _ = lost_workers((), now([*workers(1, 4, group="a"), *workers(11, 16, group="b")], 0), LIMITS)
    second, _ = lost_workers(first, now([], 5), LIMITS)
    third, found = lost_workers(second, now(workers(11, 16, group="b"), 10), LIMITS)
    since = START + timedelta(minutes=5)

    assert [one.subject for one in found] == ["a"]
    assert (third[0].lost_since, third[0].groups_lost_since) == (None, {"a": since})


def test_what_could_not_be_looked_at_counts_as_running() -> None:
    """A shard without a result: its nodes are neither healthy nor gone, and are remembered."""
    hidden = now(workers(1, 2), 5, is_hidden=lambda one, cluster: cluster == "live" and one != instance(8))
    rosters, found = lost_workers(lost_workers((), now(workers(1, 8), 0), LIMITS)[0], hidden, LIMITS)

    assert found == ()
    assert rosters[0].groups == {"workers": tuple(instance(number) for number in range(1, 8))}


def test_a_worker_that_went_during_the_scan_is_gone() -> None:
    """Its status says so; one that did not answer is there."""
    silent = [diagnosis(number, status=CaptureStatus.TIMED_OUT) for number in range(1, 9)]
    went = [diagnosis(number, status=CaptureStatus.TERMINATED) for number in range(1, 9)]

    assert scans(now(workers(1, 8), 0), now(silent), now(went, 10)) == [[], [], [("live", "")]]


def test_a_long_pause_or_a_scan_from_before_says_nothing() -> None:
    """Two days without a scan; and a scan that began before the last one, which leaves what is known as it is."""
    first, _ = lost_workers((), now(workers(1, 8), 0), LIMITS)

    assert scans(now(workers(1, 8), 0), now([], 24 * 60 + 1)) == [[], []]
    assert lost_workers(first, now([], -1), LIMITS) == (first, ())


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(), [("live", "")]),
        (Limits(lost_ratio=0.75), []),
        (Limits(cluster_total=4, group_total=4), []),
        (Limits(cluster_total=4), [("live", "workers")]),
        (Limits(accepted_hours=0), []),
    ],
)
def test_the_limits_are_those_of_the_rule(limits: Limits, expected: list[tuple[str, str]]) -> None:
    """Three of four are missing."""
    assert scans(now(workers(1, 4), 0), now(workers(1, 1)), limits=limits)[-1] == expected
