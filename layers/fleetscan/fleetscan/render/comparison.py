"""Two scans of the same nodes side by side: what a remedy changed, in the numbers that show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fleetscan.model import CaptureStatus, Diagnosis, Readings, Report
from fleetscan.render import amounts, layout
from fleetscan.render.condition import by_urgency, display_name, load_per_cpu
from fleetscan.render.headline import headline

_NODES = 6
_LABEL_CHARACTERS = 42
_VALUE_CHARACTERS = 12

_ROWS: Sequence[tuple[str, Callable[[Readings], str]]] = (
    ("unreclaimable kernel memory", lambda readings: amounts.size(readings.slab_unreclaimable_bytes)),
    ("memory free", lambda readings: amounts.size(readings.memory_free_bytes)),
    ("memory available", lambda readings: amounts.size(readings.memory_available_bytes)),
    ("tasks waiting for memory", lambda readings: _stalled(readings.memory_some_avg60_percent)),
    ("load a CPU", lambda readings: amounts.decimal(load_per_cpu(readings))),
)


def render(before: Report, after: Report) -> str:
    """Return the verdict on the second scan and, for each of the worst nodes of the first, its readings of both.

    A dash is not measured. Nothing was wrong before: an empty text.
    """
    later = {diagnosis.node.instance_id: diagnosis for diagnosis in after.diagnoses}
    pairs = [(old, later[old.node.instance_id]) for old in _worst(before) if old.node.instance_id in later]
    if not pairs:
        return ""
    lines = [*layout.heading("Before and after")[1:], *layout.paragraph(f"After: {headline(after)}"), ""]
    for old, new in pairs[:_NODES]:
        lines += _node(old, new)
    if len(pairs) > _NODES:
        lines.append(f"and {amounts.count(len(pairs) - _NODES, 'more node')} as bad before")
    return "\n".join(lines).rstrip("\n") + "\n"


def _worst(report: Report) -> list[Diagnosis]:
    """Return the nodes that answered and have findings of the worst severity there is."""
    bad = [one for one in report.diagnoses if one.findings and one.coverage.status is CaptureStatus.ANSWERED]
    ordered = by_urgency(bad)
    return [one for one in ordered if one.severity is ordered[0].severity]


def _node(old: Diagnosis, new: Diagnosis) -> list[str]:
    still = [finding.rule for finding in new.findings]
    gone = [finding.rule for finding in old.findings if finding.rule not in still]
    words = f"resolved: {', '.join(gone) or 'nothing'}; still there: {', '.join(still) or 'nothing'}"
    return [
        _row(display_name(old), "before", "after"),
        *(_row(f"  {label}", value(old.readings), value(new.readings)) for label, value in _ROWS),
        _row("  findings", str(len(old.findings)), str(len(new.findings))),
        *layout.paragraph(words, indent="  ", hanging="    "),
        "",
    ]


def _row(label: str, before: str, after: str) -> str:
    return f"{label:<{_LABEL_CHARACTERS}}{before:>{_VALUE_CHARACTERS}}{after:>{_VALUE_CHARACTERS}}"


def _stalled(percent: float | None) -> str:
    return amounts.percent(None if percent is None else percent / 100)
