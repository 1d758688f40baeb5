"""What a large fleet costs the function: ``python tests/bench/bench_fleet.py``.

CPU seconds of this process on one core, each step beside its reference (tests/bench/reference.py): splitting the output
of the same nodes into lines and words, before and after it. Medians of several rounds, but for the steps that change
what is remembered, which can be done once. Sizes of what comes out. AWS is not in here, nor is the time that nodes
take.
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from fleetscan.capture.parse import read
from fleetscan.diagnosis.history import reading, remember
from fleetscan.diagnosis.order import worst_first
from fleetscan.diagnosis.rules import RULES
from fleetscan.diagnosis.runway import forecast, runway
from fleetscan.fleet.conclude import concluded
from fleetscan.incidents.tracker import FindingTracker
from fleetscan.model import Capture, Diagnosis, Report
from fleetscan.model.memory import History, Reading
from fleetscan.render.html import page
from fleetscan.render.json import report as json
from fleetscan.render.message import sns
from fleetscan.render.text import report as text
from fleetscan.scan import pipeline
from fleetscan.scan.metrics import metrics
from fleetscan.storage.history_codec import decode, encode
from tests.bench import reference
from tests.bench.captured_fleet import captures, recorded
from tests.fixtures.lives import MemoryEpisodes, MemoryMutes

COMPARE_BUDGET = 35
"""Times the reference: root causes, the life of findings, and what is remembered of each node."""
EXAMINE_BUDGET = 55
"""Times the reference: parse and evaluate, all healthy."""
PART_NODES = 250
"""So many are parsed and evaluated between two looks at the reference."""

SCAN_AT = datetime(2026, 1, 6, 12, tzinfo=UTC)
SCANS_KEPT = 14 * 288
"""Two weeks of scans five minutes apart."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    seconds: float
    ratio: float
    """To the reference."""
    figure: str = ""
    budget: float | None = None
    """The most that the ratio may be."""

    @property
    def is_within(self) -> bool:
        """Whether its budget, if it has one, is kept."""
        return self.budget is None or self.ratio <= self.budget

    @property
    def result(self) -> str:
        """What is said of the budget."""
        if self.budget is None:
            return ""
        return f"  budget {self.budget:.0f}: {'kept' if self.is_within else 'MISSED'}"


def main() -> int:
    """Measure and print; exit code 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description="Measure what a large fleet costs the function.")
    parser.add_argument("--nodes", type=int, nargs="+", default=[1_000, 5_000])
    parser.add_argument("--affected-percent", type=int, default=10)
    options = parser.parse_args()
    sizes: list[int] = options.nodes
    affected_percent: int = options.affected_percent
    nodes, ill, healthy = recorded()
    sys.stdout.write(f"{affected_percent}% of the nodes are affected, in clusters of 250; CPU seconds on one core\n")
    sys.stdout.write(f"reference: {reference.SPLIT}; ratio: times the reference\n")
    is_within = True
    for count in sizes:
        before = captures(nodes, ill, count, affected_percent=affected_percent)
        after = captures(nodes, healthy, count, affected_percent=affected_percent)
        rows = measure(before, after, affected_percent / 100)
        sys.stdout.write(_table(count, before, rows))
        is_within = is_within and all(row.is_within for row in rows)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(
        f"\nMost memory at any time: {peak_mib:.0f} MiB, captures of both scans and all reports included\n"
    )
    return 0 if is_within else 1


def measure(before: Sequence[Capture], after: Sequence[Capture], leaking_ratio: float) -> list[Row]:
    """Take a fleet through all that follows collection: a scan, one more, and the two after the fix."""
    count = len(before)
    ill = _split(before)
    parsing = _in_parts(read, before, before)
    examining = _in_parts(pipeline.examine, before, before)
    healing = _in_parts(pipeline.examine, after, after, rounds=3)
    diagnoses, healed = examining.made, healing.made[:count]
    rows = [
        Row("the reference: their output", parsing.reference_seconds, 1.0, _speed(count, parsing.reference_seconds)),
        Row("parse", parsing.seconds, parsing.ratio, _speed(count, parsing.seconds)),
        Row("parse and judge", examining.seconds, examining.ratio, _speed(count, examining.seconds)),
        Row("the reference: output when healthy", healing.reference_seconds / 3, 1.0,
            _speed(count, healing.reference_seconds / 3)),
        Row("parse and judge, all healthy", healing.seconds / 3, healing.ratio, _speed(count, healing.seconds / 3),
            EXAMINE_BUDGET),
    ]  # fmt: skip
    concluding = reference.compared(lambda: concluded(_report(diagnoses, 0)), ill)
    report = concluding.made
    comparing = [_row("culprits of the fleet", concluding, f"{len(report.culprits)} culprits")]
    store = MemoryEpisodes()
    for number, (what, given) in enumerate(
        [("a first scan", diagnoses), ("the same again", diagnoses), ("fixed, once", healed), ("fixed, twice", healed)]
    ):
        living = reference.compared(partial(_live, store, _report(given, number)), ill, rounds=1)
        report_now, written = living.made
        events = 0 if report_now.chronicle is None else len(report_now.chronicle.events)
        comparing.append(_row(f"life of findings: {what}", living, f"{events} events, {written} writes"))
        if number == 0:
            report = replace(report, chronicle=report_now.chronicle)
    level, leaking = _memory_rows(diagnoses, before)
    shares = (1 - leaking_ratio, leaking_ratio)
    worst = max(comparing[1:], key=lambda row: row.ratio)
    seconds, ratio = (
        one + two + shares[0] * three + shares[1] * four
        for one, two, three, four in (
            (concluding.seconds, worst.seconds, level.seconds, leaking.seconds),
            (concluding.ratio, worst.ratio, level.ratio, leaking.ratio),
        )
    )
    rows += [*comparing, level, leaking]
    rows.append(Row("all of these, as many leak as are sick", seconds, ratio, budget=COMPARE_BUDGET))
    return rows + _output_rows(report, ill)


def _split(given: Sequence[Capture]) -> reference.Reference:
    return reference.split([capture.text for capture in given])


def _in_parts[G, T](
    work: Callable[[G], T], given: Sequence[G], captures: Sequence[Capture], rounds: int = 1
) -> reference.Compared[list[T]]:
    """Do some work for each node, a part of the fleet at a time beside the reference for that part."""
    parts = [slice(start, start + PART_NODES) for start in range(0, len(given), PART_NODES)] * rounds
    works = [partial(_each, work, given[part]) for part in parts]
    found = reference.in_parts(works, [_split(captures[part]) for part in parts])
    made = [one for part in found.made for one in part]
    return reference.Compared(found.seconds, found.reference_seconds, found.ratio, made)


def _each[G, T](work: Callable[[G], T], given: Sequence[G]) -> list[T]:
    return [work(one) for one in given]


def _row(what: str, found: reference.Compared[Any], figure: str) -> Row:
    return Row(what, found.seconds, found.ratio, figure)


def _speed(count: int, seconds: float) -> str:
    return f"{count / seconds:,.0f} nodes/s"


def _live(store: MemoryEpisodes, report: Report) -> tuple[Report, int]:
    before = store.writes
    finding_tracker = FindingTracker(episodes=store, mutes=MemoryMutes(), rules=[rule.id for rule in RULES])
    now = report.started_at + timedelta(seconds=60)
    report, pending = finding_tracker.write(report, now, now + timedelta(seconds=60))
    finding_tracker.clear_pending(pending, now, is_delivered=True)
    return report, store.writes - before


def _memory_rows(diagnoses: Sequence[Diagnosis], given: Sequence[Capture]) -> list[Row]:
    """Measure the memory of nodes: two weeks of readings decoded, evaluated, and encoded with one more."""
    now = [reading(diagnosis.readings, SCAN_AT.timestamp()) for diagnosis in diagnoses]
    # One past for all: a ring is of one boot, and so is what follows it.
    now = [replace(one, boot_id=now[0].boot_id, memory_total_bytes=now[0].memory_total_bytes) for one in now]
    rings = {is_leaking: encode(_past(now[0], is_leaking=is_leaking)) for is_leaking in (False, True)}
    rows = []
    for is_leaking, what in ((False, "level"), (True, "leaking")):
        found = _in_parts(partial(_remembered, rings[is_leaking]), now, given)
        reported = sum(1 for one in found.made if one)
        rows.append(
            _row(
                f"memory and runway, if all were {what}", found, f"{len(rings[is_leaking])} B each, {reported} runways"
            )
        )
    return rows


def _past(now: Reading, *, is_leaking: bool) -> tuple[Reading, ...]:
    """Return a ring of two weeks; a leaking node lost 1 MiB in each scan of the last day."""
    kept: tuple[Reading, ...] = ()
    slab_bytes, available_bytes = now.slab_unreclaimable_bytes or 0, now.memory_available_bytes or 0
    for ago in range(SCANS_KEPT, 0, -1):
        noise = (ago * 7_919 % 64 - 32) * 4_096
        lost = min(ago, 288) * 1_048_576 if is_leaking else 0
        then = replace(
            now,
            at_epoch_seconds=now.at_epoch_seconds - ago * 300,
            slab_unreclaimable_bytes=max(0, slab_bytes - lost + noise),
            memory_available_bytes=max(0, available_bytes + lost - noise),
        )
        kept = remember(kept, then)
    return kept


def _remembered(ring: bytes, now: Reading) -> bool:
    readings, problem = decode(ring)
    history = History(at_epoch_seconds=now.at_epoch_seconds, readings=readings, problem=problem)
    left = runway(forecast(history, now), history, now)
    encode(remember(readings, now))
    return left is not None


def _output_rows(report: Report, beside: reference.Reference) -> list[Row]:
    renderers: list[tuple[str, Callable[[], str]]] = [
        ("text", lambda: text.render(report)),
        ("JSON", lambda: json.render(report)),
        ("HTML", lambda: page.render(report)),
        ("message", lambda: sns.subject(report) + sns.body(report)),
    ]
    rows = []
    for name, render in renderers:
        found = reference.compared(render, beside)
        rows.append(_row(f"render {name}", found, f"{len(found.made.encode()):,} bytes"))
    counted = reference.compared(lambda: metrics(report, node_series_limit=100), beside)
    values = sum(len(one.values) for one in counted.made)
    return [*rows, _row("metrics", counted, f"{len(counted.made)} series, {values:,} values")]


def _report(diagnoses: Sequence[Diagnosis], number: int) -> Report:
    """Return the scan of this number, five minutes after the one before."""
    return Report(
        scan_id=str(number),
        started_at=SCAN_AT + number * timedelta(minutes=5),
        duration_seconds=30.0,
        diagnoses=worst_first(diagnoses),
    )


def _detailed(given: Sequence[Capture]) -> int:
    return sum("\n@end detail " in capture.text for capture in given)


def _table(count: int, given: Sequence[Capture], rows: Sequence[Row]) -> str:
    characters = sum(len(capture.text) for capture in given)
    size = f"{count:,} nodes, {characters:,} characters, {_detailed(given):,} with detail"
    head = f"\n{size}\n{'':42}{'CPU s':>9}{'ms/node':>9}{'ratio':>9}\n"
    lines = [
        f"  {row.what:40}{row.seconds:>9.3f}{row.seconds / count * 1_000:>9.3f}{row.ratio:>9.1f}"
        f"{f'  {row.figure}' if row.figure else ''}{row.result}\n"
        for row in rows
    ]
    return head + "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
