"""The workers of a scan are compared with those of the last one, and nothing that goes wrong stops the scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from fleetscan.errors import AccessError
from fleetscan.incidents.tracker import FindingTracker
from fleetscan.model import Diagnosis, Metric, Report
from fleetscan.model.episode import ChangeKind
from fleetscan.model.roster import Roster
from fleetscan.model.target import Target, Unseen, shard_of
from fleetscan.model.threshold import MovedThreshold
from fleetscan.render.words.headline import headline
from fleetscan.scan.metrics import metrics
from fleetscan.scan.worker_rosters import with_lost_workers
from fleetscan.settings import Settings
from tests.fixtures.lives import (
    RULE,
    START,
    MemoryEpisodes,
    MemoryMutes,
    diagnosis,
    finding,
    instance,
    report,
)

SETTINGS = Settings()


@dataclass
class Rosters:
    """A store that may refuse."""

    stored: dict[str, Roster] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    refuses_to_load: bool = False
    refuses_to_save: bool = False

    def load(self, clusters: Sequence[str]) -> tuple[Roster, ...]:
        """Return those of the clusters."""
        if self.refuses_to_load:
            raise AccessError("dynamodb:Query is denied")
        return tuple(one for one in self.stored.values() if not clusters or one.cluster in clusters)

    def save(self, rosters: Sequence[Roster]) -> None:
        """Keep them."""
        if self.refuses_to_save:
            raise AccessError("dynamodb:PutItem is denied")
        self.stored |= {one.cluster: one for one in rosters}
        self.writes += [one.cluster for one in rosters]


def workers(first: int, last: int) -> list[Diagnosis]:
    """Return healthy nodes."""
    return [diagnosis(number) for number in range(first, last + 1)]


def found(scan: Report) -> list[str]:
    """Return the rules of the fleet's findings."""
    return [one.rule for one in scan.fleet_findings]


def test_a_loss_is_found_in_the_second_scan_and_not_in_the_first() -> None:
    """Without a store there is nothing to compare with."""
    rosters = Rosters()
    several = [report(*workers(1, last), minute=minute) for minute, last in enumerate([6, 2, 2])]

    assert [found(with_lost_workers(rosters, one, SETTINGS)) for one in several] == [
        [],
        ["workers_lost"],
        ["workers_lost"],
    ]
    assert found(with_lost_workers(None, several[1], SETTINGS)) == []


def test_a_fleet_that_does_not_change_costs_one_write_per_hour() -> None:
    """Thirteen scans, five minutes apart."""
    rosters = Rosters()
    for minute in range(0, 65, 5):
        with_lost_workers(rosters, report(*workers(1, 6), minute=minute), SETTINGS)

    assert rosters.writes == ["live", "live"]
    assert rosters.stored["live"].at == START + timedelta(hours=1)


def test_clusters_that_are_not_scanned_are_not_lost() -> None:
    """The stack was told to look at another one."""
    rosters = Rosters()
    with_lost_workers(rosters, report(*workers(1, 6)), SETTINGS)
    elsewhere = report(diagnosis(1, cluster="staging"), minute=5)

    assert found(with_lost_workers(rosters, elsewhere, Settings(clusters=("staging",)))) == []
    assert found(with_lost_workers(rosters, elsewhere, SETTINGS)) == ["workers_lost"]


def test_a_target_without_a_result_has_lost_nobody() -> None:
    """Its nodes are unknown."""
    rosters = Rosters()
    with_lost_workers(rosters, report(*workers(1, 20)), SETTINGS)
    left = [one for one in workers(1, 20) if shard_of(one.node.instance_id, 4) == 0]
    unseen = tuple(
        Unseen(target=Target(account="1" * 12, region="eu-west-1", shard=shard, shards=4), reason="x", is_home=True)
        for shard in (1, 2, 3)
    )

    assert found(with_lost_workers(rosters, replace(report(*left, minute=5), unseen=unseen), SETTINGS)) == []
    assert found(with_lost_workers(rosters, report(*left, minute=10), SETTINGS)) == ["workers_lost"]


def test_a_moved_threshold_counts() -> None:
    """As that of any rule."""
    rosters = Rosters()
    moved = MovedThreshold(rule="workers_lost", name="lost_ratio", value=0.7, default=0.5)
    with_lost_workers(rosters, report(*workers(1, 6)), SETTINGS)
    second = replace(report(*workers(1, 2), minute=5), thresholds=(moved,))

    assert found(with_lost_workers(rosters, second, SETTINGS)) == []


def test_a_store_that_refuses_is_a_note() -> None:
    """Reading: nothing is found. Writing: what was found stays."""
    rosters = Rosters()
    with_lost_workers(rosters, report(*workers(1, 6)), SETTINGS)
    rosters.refuses_to_save = True
    unsaved = with_lost_workers(rosters, report(*workers(1, 2), minute=5), SETTINGS)
    rosters.refuses_to_load = True
    unread = with_lost_workers(rosters, report(*workers(1, 2), minute=5), SETTINGS)

    assert (found(unsaved), unsaved.notes) == (
        ["workers_lost"],
        ("The workers of this scan were not stored for the next one: AccessError: dynamodb:PutItem is denied",),
    )
    assert (unsaved.is_roster_read, unread.is_roster_read) == (True, False)
    assert (found(unread), unread.notes) == (
        [],
        ("Former workers were not compared: AccessError: dynamodb:Query is denied",),
    )


def test_nothing_is_resolved_because_its_node_vanished_with_all_others() -> None:
    """A leak on one of six nodes, five of which vanish with it; a day later nobody expects them back."""
    rosters, episodes = Rosters(), MemoryEpisodes()
    tracker = FindingTracker(episodes=episodes, mutes=MemoryMutes(), rules=(RULE, "workers_lost"))
    reported: list[list[tuple[str, ChangeKind]]] = []

    def scan(minute: float, *diagnoses: Diagnosis) -> None:
        seen = with_lost_workers(rosters, report(*diagnoses, minute=minute), SETTINGS)
        at = seen.started_at + timedelta(seconds=12)
        seen, pending = tracker.write(seen, at, at + timedelta(minutes=4))
        tracker.clear_pending(pending, at, is_delivered=True)
        assert seen.chronicle is not None
        reported.append([(one.episode.fingerprint.rule, one.kind) for one in seen.chronicle.reported])

    affected = diagnosis(1, finding())
    scan(0, affected, *workers(2, 6))
    scan(5, *workers(6, 6))
    scan(10, *workers(6, 6))
    scan(15, *workers(6, 6))
    lost = next(one for print_, one in episodes.stored.items() if print_.rule == "workers_lost")
    for hour in range(1, 28):
        scan(60 * hour, *workers(6, 6))
    told = [one for one in reported if one]

    assert lost.nodes == tuple(instance(number) for number in range(1, 6))
    assert told[:2] == [[(RULE, ChangeKind.OPENED)], [("workers_lost", ChangeKind.OPENED)]]
    assert {kind for one in reported[2:-2] for _, kind in one} <= {ChangeKind.REMINDED}
    assert set(told[-1]) == {(RULE, ChangeKind.RESOLVED), ("workers_lost", ChangeKind.RESOLVED)}


def test_lost_workers_are_in_the_headline_and_in_the_metrics() -> None:
    """Also where nobody is left to be evaluated."""
    rosters = Rosters()
    with_lost_workers(rosters, report(*workers(1, 6)), SETTINGS)
    empty = with_lost_workers(rosters, report(minute=5), SETTINGS)
    counted = [one for one in metrics(empty, node_series_limit=9) if one.name == "Findings"]

    assert headline(empty).startswith(
        "No worker node was found, so nothing was evaluated. Fleet-wide: cluster live lost 6 of 6 workers"
    )
    assert counted == [
        Metric(
            name="Findings",
            unit="Count",
            values=(6.0,),
            dimensions=(("Cluster", "live"), ("Rule", "workers_lost")),
        )
    ]
