"""What a large fleet costs the function: ``python tests/bench/bench_fleet.py``.

CPU seconds of this process on one core, the best of a few rounds for what is quick, and sizes of what comes out. AWS is
not in here, nor is the time that nodes take.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from fleetscan.capture.parse import read
from fleetscan.diagnosis.history import reading, remember
from fleetscan.diagnosis.order import worst_first
from fleetscan.diagnosis.rules import RULES
from fleetscan.diagnosis.runway import forecast, runway
from fleetscan.fleet.conclude import concluded
from fleetscan.incidents.tracker import Keeper
from fleetscan.model import Capture, Diagnosis, Report
from fleetscan.model.memory import History, Reading
from fleetscan.render.html import page
from fleetscan.render.json import report as json
from fleetscan.render.message import sns
from fleetscan.render.text import report as text
from fleetscan.scan import pipeline
from fleetscan.scan.metrics import metrics
from fleetscan.storage.history_codec import decode, encode
from tests.bench.captured_fleet import captures, recorded
from tests.fixtures.lives import MemoryEpisodes, MemoryMutes

COMPARE_BUDGET_SECONDS = 2.0
"""Of CPU for 1,000 nodes: culprits, the life of findings, and what is remembered of each node."""

EXAMINED_GOAL = 2_000
"""Nodes a second and core, parsed and judged, all healthy: printed beside the figure, for machines differ."""

SCAN_AT = datetime(2026, 1, 6, 12, tzinfo=UTC)
SCANS_KEPT = 14 * 288
"""Two weeks of scans five minutes apart."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    seconds: float
    figure: str = ""
    budget_seconds: float | None = None

    @property
    def is_within(self) -> bool:
        """Whether its budget, if it has one, is met."""
        return self.budget_seconds is None or self.seconds <= self.budget_seconds


def main() -> int:
    """Measure and print; exit code 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description="Measure what a large fleet costs the function.")
    parser.add_argument("--nodes", type=int, nargs="+", default=[1_000, 5_000])
    parser.add_argument("--sick-percent", type=int, default=10)
    options = parser.parse_args()
    sizes: list[int] = options.nodes
    sick_percent: int = options.sick_percent
    nodes, ill, well = recorded()
    sys.stdout.write(f"{sick_percent}% of the nodes are sick, in clusters of 250; CPU seconds on one core\n")
    is_within = True
    for count in sizes:
        before = captures(nodes, ill, count, sick_percent=sick_percent)
        after = captures(nodes, well, count, sick_percent=sick_percent)
        rows = measure(before, after, sick_percent / 100)
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
    parsing, _ = timed(lambda: [read(capture) for capture in before])
    examining, diagnoses = timed(lambda: [pipeline.examine(capture) for capture in before])
    healing, healed = timed(lambda: [pipeline.examine(capture) for capture in after], rounds=5)
    rows = [
        Row("parse", parsing, f"{count / parsing:,.0f} nodes/s"),
        Row("parse and judge", examining, f"{count / examining:,.0f} nodes/s, {_detailed(before):,} with detail"),
        Row(
            "parse and judge, all healthy",
            healing,
            f"{count / healing:,.0f} nodes/s, {_detailed(after):,} with detail (goal {EXAMINED_GOAL:,})",
        ),
    ]
    concluding, report = timed(lambda: concluded(_report(diagnoses, 0)), rounds=3)
    budget_seconds = COMPARE_BUDGET_SECONDS * count / 1_000
    comparing = [Row("culprits of the fleet", concluding, f"{len(report.culprits)} culprits")]
    store = MemoryEpisodes()
    for number, (what, given) in enumerate(
        [("a first scan", diagnoses), ("the same again", diagnoses), ("fixed, once", healed), ("fixed, twice", healed)]
    ):
        living, (report_now, written) = timed(partial(_live, store, _report(given, number)))
        events = 0 if report_now.chronicle is None else len(report_now.chronicle.events)
        comparing.append(Row(f"life of findings: {what}", living, f"{events} events, {written} writes"))
        if number == 0:
            report = replace(report, chronicle=report_now.chronicle)
    level, leaking = _memory_rows(diagnoses)
    remembering = level.seconds * (1 - leaking_ratio) + leaking.seconds * leaking_ratio
    worst = concluding + max(row.seconds for row in comparing[1:]) + remembering
    rows += [*comparing, level, leaking]
    rows.append(Row("all of these, as many leak as are sick", worst, f"budget {budget_seconds:.0f} s", budget_seconds))
    return rows + _output_rows(report)


def _live(store: MemoryEpisodes, report: Report) -> tuple[Report, int]:
    before = store.writes
    keeper = Keeper(episodes=store, mutes=MemoryMutes(), rules=[rule.id for rule in RULES])
    now = report.started_at + timedelta(seconds=60)
    report, debts = keeper.write(report, now, now + timedelta(seconds=60))
    keeper.settle(debts, now, is_told=True)
    return report, store.writes - before


def _memory_rows(diagnoses: Sequence[Diagnosis]) -> list[Row]:
    """Measure the memory of nodes: two weeks of readings decoded, judged, and encoded with one more."""
    now = [reading(diagnosis.readings, SCAN_AT.timestamp()) for diagnosis in diagnoses]
    # One past for all: a ring is of one boot, and so is what follows it.
    now = [replace(one, boot_id=now[0].boot_id, memory_total_bytes=now[0].memory_total_bytes) for one in now]
    rings = {is_leaking: encode(_past(now[0], is_leaking=is_leaking)) for is_leaking in (False, True)}
    rows = []
    for is_leaking, what in ((False, "level"), (True, "leaking")):
        seconds, found = timed(partial(_all_remembered, rings[is_leaking], now))
        told = sum(1 for one in found if one)
        rows.append(
            Row(f"memory and runway, if all were {what}", seconds, f"{len(rings[is_leaking])} B each, {told} runways")
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


def _all_remembered(ring: bytes, now: Sequence[Reading]) -> list[bool]:
    return [_remembered(ring, one) for one in now]


def _remembered(ring: bytes, now: Reading) -> bool:
    readings, problem = decode(ring)
    history = History(at_epoch_seconds=now.at_epoch_seconds, readings=readings, problem=problem)
    left = runway(forecast(history, now), history, now)
    encode(remember(readings, now))
    return left is not None


def _output_rows(report: Report) -> list[Row]:
    renderers: list[tuple[str, Callable[[], str]]] = [
        ("text", lambda: text.render(report)),
        ("JSON", lambda: json.render(report)),
        ("HTML", lambda: page.render(report)),
        ("message", lambda: sns.subject(report) + sns.body(report)),
    ]
    rows = []
    for name, render in renderers:
        seconds, written = timed(render)
        rows.append(Row(f"render {name}", seconds, f"{len(written.encode()):,} bytes"))
    seconds, made = timed(lambda: metrics(report, node_series_limit=100))
    return [*rows, Row("metrics", seconds, f"{len(made)} series, {sum(len(one.values) for one in made):,} values")]


def _report(diagnoses: Sequence[Diagnosis], number: int) -> Report:
    """Return the scan of this number, five minutes after the one before."""
    return Report(
        scan_id=str(number),
        started_at=SCAN_AT + number * timedelta(minutes=5),
        duration_seconds=30.0,
        diagnoses=worst_first(diagnoses),
    )


def timed[T](work: Callable[[], T], *, rounds: int = 1) -> tuple[float, T]:
    """Return the CPU seconds of the quickest round, and what the last one returned."""
    began = time.process_time()
    made = work()
    seconds = time.process_time() - began
    if rounds == 1:
        return seconds, made
    later, made = timed(work, rounds=rounds - 1)
    return min(seconds, later), made


def _detailed(given: Sequence[Capture]) -> int:
    return sum("\n@end detail " in capture.text for capture in given)


def _table(count: int, given: Sequence[Capture], rows: Sequence[Row]) -> str:
    characters = sum(len(capture.text) for capture in given)
    size = f"{count:,} nodes, {characters:,} characters, {_detailed(given):,} with detail"
    head = f"\n{size}\n{'':42}{'CPU s':>9}{'ms/node':>9}\n"
    lines = [
        f"  {row.what:40}{row.seconds:>9.3f}{row.seconds / count * 1_000:>9.3f}  {row.figure}"
        f"{'' if row.is_within else '  MISSED'}\n"
        for row in rows
    ]
    return head + "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
