"""The budget of metric series: bounded for every hour, whatever is found, and what is left out is reported."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from docs.estimates import synthetic
from fleetscan.errors import AccessError
from fleetscan.model import Metric, Report
from fleetscan.ports import LedgerPage
from fleetscan.scan.metric_budget import ATTEMPTS, admitted, series_hash, within_budget
from fleetscan.scan.metrics import FLEET_METRICS, metrics

AT = datetime(2026, 1, 15, 6, 5, tzinfo=UTC)
LIMIT = 30


@dataclass
class MemoryLedger:
    """A ledger as the table is one; ``intruders`` are pages that others write in between."""

    pages: dict[str, LedgerPage] = field(default_factory=dict)
    intruders: list[frozenset[str]] = field(default_factory=list)

    def paid(self, hour: str) -> LedgerPage:
        """Return the page of an hour."""
        return self.pages.get(hour, LedgerPage(hour=hour))

    def pay(self, page: LedgerPage) -> bool:
        """Write a page, if nobody was quicker."""
        if self.intruders:
            there = self.paid(page.hour)
            self.pages[page.hour] = replace(
                there, series=there.series | self.intruders.pop(0), version=there.version + 1
            )
        if self.paid(page.hour).version != page.version:
            return False
        self.pages[page.hour] = replace(page, version=page.version + 1)
        return True


class RefusingLedger:
    """A table that does not answer."""

    def paid(self, hour: str) -> LedgerPage:
        """Refuse."""
        raise AccessError(f"AWS refused dynamodb:GetItem of {hour}")

    def pay(self, page: LedgerPage) -> bool:
        """Never be asked."""
        raise AssertionError(page)


def series(name: str, **dimensions: str) -> Metric:
    """Return a metric with one value."""
    return Metric(name=name, unit="Count", values=(1.0,), dimensions=tuple(dimensions.items()))


def keys(some: Sequence[Metric]) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
    """Return what CloudWatch bills."""
    return {(one.name, one.dimensions) for one in some}


NODES = 10_000
FLOOD = synthetic.report(NODES, critical_nodes=NODES)


def flood(scan: int) -> Report:
    """Return a scan in which all of 10,000 nodes are affected, and others are the worst than in the scan before."""
    first = scan * 137 % NODES
    return replace(FLOOD, diagnoses=(*FLOOD.diagnoses[first:], *FLOOD.diagnoses[:first]))


def test_a_flood_of_findings_on_10_000_nodes_stays_within_the_limit_for_hours() -> None:
    """Each scan finds other nodes worst, and what CloudWatch bills of each hour is the limit."""
    ledger = MemoryLedger()
    billed: dict[str, set[object]] = {}
    unbounded: set[object] = set()
    for scan in range(12):
        at = AT + timedelta(minutes=10 * scan)
        wanted = metrics(flood(scan), node_series_limit=10)
        some, notes = within_budget(wanted, limit=LIMIT, ledger=ledger, at=at)
        billed.setdefault(at.strftime("%H"), set()).update(keys(some))
        unbounded |= keys(wanted)
        assert notes
        assert {metric.name for metric in some} >= set(FLEET_METRICS) - {"ShortestRunwayHours"}

    assert {hour: len(found) for hour, found in billed.items()} == {"06": LIMIT, "07": LIMIT}
    assert len(unbounded) > 300


def test_the_report_says_what_was_left_out_and_names_nodes() -> None:
    """How many of each kind, three nodes by name, and where the rest is."""
    some, notes = within_budget(metrics(flood(0), node_series_limit=10), limit=100, ledger=None, at=AT)
    nodes = ", ".join(f"i-{number:017x}" for number in range(3))
    expected = (
        (
            "85 metric series of this scan were not published (60 of node groups, 5 of findings, 20 of single nodes: "
            f"{nodes} and 7 more): the budget is 100 in an hour. The report itself is complete."
        ),
    )

    assert expected == notes
    assert len(keys(some)) == 100


def test_what_is_paid_for_is_published_again_without_a_write() -> None:
    """A quiet hour costs one write."""
    ledger = MemoryLedger()
    wanted = metrics(synthetic.report(50, critical_nodes=0), node_series_limit=10)
    results = [
        within_budget(wanted, limit=LIMIT, ledger=ledger, at=AT + timedelta(minutes=5 * one)) for one in range(3)
    ]

    assert [some for some, _ in results] == [wanted] * 3
    assert ledger.pages["2026-01-15T06"].version == 1


def test_totals_get_through_even_without_any_room() -> None:
    """The alarms look at them."""
    page = LedgerPage(hour="h", series=frozenset({"x"} | {str(one) for one in range(LIMIT)}))
    found = admitted([series("ScanCompleted"), series("Load", Cluster="live")], page, LIMIT)

    assert found.series - page.series == {series_hash(series("ScanCompleted"))}


def test_two_scans_at_once_do_not_spend_the_same_room_twice() -> None:
    """The second one sees the first one's series when it looks again, and has what is left."""
    others = frozenset(f"other-{one}" for one in range(5))
    ledger = MemoryLedger(intruders=[others])
    wanted = tuple(series("Load", Cluster=f"c{one}") for one in range(10))
    some, notes = within_budget(wanted, limit=8, ledger=ledger, at=AT)

    assert some == wanted[:3]
    assert len(ledger.pages["2026-01-15T06"].series) == 8
    assert notes[0].startswith("7 metric series of this scan were not published (7 of clusters)")


def test_who_is_never_let_through_publishes_what_was_paid_before() -> None:
    """After so many attempts nothing new is added: a bound that bends is none."""
    paid = series("Load", Cluster="old")
    ledger = MemoryLedger(
        pages={"2026-01-15T06": LedgerPage(hour="2026-01-15T06", series=frozenset({series_hash(paid)}), version=1)},
        intruders=[frozenset({f"other-{one}"}) for one in range(2 * ATTEMPTS)],
    )
    some, _ = within_budget((series("Load", Cluster="new"), paid), limit=100, ledger=ledger, at=AT)

    assert some == (paid,)


def test_without_a_ledger_the_limit_holds_for_a_scan() -> None:
    """With one that refuses, the same, and the report says so."""
    wanted = tuple(series("Load", Cluster=f"c{one}") for one in range(10))
    some, notes = within_budget(wanted, limit=8, ledger=None, at=AT)
    others, more_notes = within_budget(wanted, limit=8, ledger=RefusingLedger(), at=AT)

    assert some == others == wanted[:8]
    assert len(notes) == 1
    assert more_notes[1].startswith("The metric series of this hour are unknown")
    assert "dynamodb:GetItem" in more_notes[1]


SERIES = (
    series("Load"),
    series("Load", Cluster="a"),
    series("Load", Cluster="a", NodeGroup="b"),
    series("Load", Cluster="aNodeGroup"),
    series("LoadCluster", a="a"),
)


@pytest.mark.parametrize(("one", "another"), list(itertools.combinations(SERIES, 2)))
def test_different_series_have_different_marks(one: Metric, another: Metric) -> None:
    """Name and dimensions do not run into each other."""
    assert series_hash(one) != series_hash(another)


def test_values_do_not_make_a_series() -> None:
    """The same series with another value is the same series; a name that is no Unicode has a mark, too."""
    one = series("Load", Cluster="\udc80")

    assert series_hash(one) == series_hash(replace(one, values=(2.0,)))
