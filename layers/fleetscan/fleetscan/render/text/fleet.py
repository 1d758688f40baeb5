"""Many nodes as plain text: those alike in one group, and the table of all."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.diagnosis.catalogue import traits
from fleetscan.diagnosis.condition import Condition, condition, lead, load_per_cpu, swap_used_ratio
from fleetscan.diagnosis.traits import Figure
from fleetscan.model import CaptureStatus, Diagnosis, Severity
from fleetscan.quantities import ratio
from fleetscan.render.text import layout
from fleetscan.render.text.blocks import Block, Column, Span, Style, Table, of_severity
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name, sanitized
from fleetscan.render.words.group_words import GROUP_NODES, alike, by_evidence, described, names_words, quiet_words
from fleetscan.render.words.node_words import state, subject
from fleetscan.render.words.runway_words import left

TABLE_ROWS = 50
"""The worst nodes; a table of a thousand hides the three that matter."""

_GROUPS = 12
_TITLES = 8
_NOTHING = frozenset({amounts.UNKNOWN, ""})
_LABEL_COLUMN = 11
_COLUMNS = (
    Column(title="state"),
    Column(title="name", least=14),
    Column(title="instance"),
    Column(title="group", least=6),
    Column(title="type", least=10),
    Column(title="slab", is_right=True),
    Column(title="of", is_right=True),
    Column(title="avail", is_right=True),
    Column(title="PSI", is_right=True),
    Column(title="swap", is_right=True),
    Column(title="load", is_right=True),
    Column(title="left", is_right=True),
    Column(title="zone", is_extra=True),
    Column(title="problem", least=40, is_prose=True, is_extra=True),
)
_SHRINKABLE = ("problem", "group", "name", "type")
"""What gives way when the table is too wide, in this order; the instance id never."""
_DROPPABLE = ("zone", "problem", "group", "type", "instance", "swap", "avail")
"""What is left out where that is not enough, in this order: the name and the figures of its findings never."""
FIGURES = {
    Figure.SLAB_BYTES: "slab",
    Figure.SLAB_SHARE: "of",
    Figure.MEMORY_AVAILABLE: "avail",
    Figure.MEMORY_PRESSURE: "PSI",
    Figure.SWAP_USED: "swap",
    Figure.LOAD: "load",
    Figure.RUNWAY: "left",
}
"""The columns that rules name as showing what they found."""


def groups(diagnoses: Sequence[Diagnosis]) -> list[Block]:
    """Return nodes with findings as text, those alike under one heading."""
    every = alike(diagnoses)
    lines = [line for members in every[:_GROUPS] for line in _group(members)]
    rest = sum(len(members) for members in every[_GROUPS:])
    return [*lines, f"  and {amounts.count(rest, 'more node')}: see the table"] if rest else lines


def groups_in_brief(diagnoses: Sequence[Diagnosis]) -> list[Block]:
    """Return nodes with findings, a paragraph for those alike: their problem, and whether pressure and load show it."""
    every = alike(diagnoses)
    lines: list[Block] = []
    for members in every[:_GROUPS]:
        severity = members[0].severity
        finding = lead(members[0])
        about = f" {subject(finding)}." if finding else ""
        is_critical = severity is Severity.CRITICAL
        quiet = f" {words[:1].upper()}{words[1:]}." if is_critical and (words := quiet_words(members)) else ""
        words = f"{names_words([described(member) for member in members])}:{about}{quiet}"
        label = Span(severity.value if severity else "-", of_severity(severity))
        lines += layout.labelled(label, words, indent="  ", column=_LABEL_COLUMN)
    rest = sum(len(members) for members in every[_GROUPS:])
    return [*lines, f"  and {amounts.count(rest, 'more node')}: see the table"] if rest else lines


def table(diagnoses: Sequence[Diagnosis], shown: int = TABLE_ROWS) -> list[Block]:
    """Return the table of the worst nodes and a line that says how many more there are.

    slab: unreclaimable kernel memory and its share of RAM. avail: MemAvailable. PSI: share of the last minute in which
    some task waited for memory. load: 1-minute load per CPU. left: time to memory exhaustion.
    """
    has_many_clusters = len({diagnosis.node.cluster for diagnosis in diagnoses}) > 1
    rows = [_row(diagnosis, with_cluster=has_many_clusters) for diagnosis in diagnoses[:shown]]
    kept = [
        index for index in range(len(_COLUMNS)) if index == 0 or any(row[index].text not in _NOTHING for row in rows)
    ]
    place = {_COLUMNS[old].title: new for new, old in enumerate(kept)}
    lines: list[Block] = [
        Table(
            columns=tuple(_COLUMNS[index] for index in kept),
            rows=tuple(tuple(row[index] for index in kept) for row in rows),
            shrinkable=tuple(place[title] for title in _SHRINKABLE if title in place),
            droppable=tuple(place[title] for title in _DROPPABLE if title in place),
        )
    ]
    if len(diagnoses) > shown:
        lines.append(f"and {amounts.count(len(diagnoses) - shown, 'node')} less severe or equal")
    return lines


def _group(members: Sequence[Diagnosis]) -> list[Block]:
    worst = members[0]
    severity = Span(worst.severity.value if worst.severity else "-", of_severity(worst.severity))
    titles = [
        (Span(sanitized(finding.title).rstrip(".")), Span(f" [{name(finding.rule)}]", Style.QUIET))
        for finding in worst.findings[:_TITLES]
    ]
    if rest := len(worst.findings) - len(titles):
        titles.append((Span(f"and {rest} more"), Span("")))
    lines = layout.paragraph((Span(f"{amounts.count(len(members), 'node')}, "), severity), indent="  ")
    for title in titles:
        lines += layout.paragraph(title, indent="    ", hanging="      ")
    if worst.severity is Severity.CRITICAL and (words := quiet_words(members)):
        lines += layout.paragraph(f"{words[:1].upper()}{words[1:]}.", indent="    ")
    said = by_evidence(members)
    for names, words in said[:GROUP_NODES]:
        lines += layout.paragraph(f"{names_words(names)}: {words}", indent="    - ", hanging="      ")
    if rest := sum(len(names) for names, _ in said[GROUP_NODES:]):
        lines.append(f"    - and {amounts.count(rest, 'more node')}: see the table")
    return [*lines, ""]


def _row(diagnosis: Diagnosis, *, with_cluster: bool) -> tuple[Span, ...]:
    cells = _cells(diagnosis, with_cluster=with_cluster)
    styles = {"state": _of_state(diagnosis), "name": Style.PLAIN, "problem": Style.PLAIN}
    for finding in reversed(diagnosis.findings):
        if finding.severity is not Severity.INFO:
            columns = (FIGURES[one] for one in traits(finding.rule).columns)
            styles |= dict.fromkeys(columns, of_severity(finding.severity))
    if styles["state"] is Style.CRITICAL:
        styles["name"] = Style.STRONG
    quiet = dict.fromkeys(("instance", "group", "type", "zone"), Style.QUIET)
    return tuple(
        Span(cell, (styles | quiet).get(column.title, Style.PLAIN))
        for column, cell in zip(_COLUMNS, cells, strict=True)
    )


def _of_state(diagnosis: Diagnosis) -> Style:
    """Return the style of a node's state: that of its condition."""
    match condition(diagnosis):
        case Condition.CRITICAL:
            return Style.CRITICAL
        case Condition.WARNING:
            return Style.WARNING
        case Condition.HEALTHY:
            return Style.OK
        case _:
            return Style.UNKNOWN


def _cells(diagnosis: Diagnosis, *, with_cluster: bool) -> tuple[str, ...]:
    node = diagnosis.node
    readings = diagnosis.readings
    group = name(node.node_group) or amounts.UNKNOWN
    host = node.private_dns_name.partition(".")[0]
    is_answered = diagnosis.coverage.status is CaptureStatus.ANSWERED
    worst = lead(diagnosis)
    return (
        state(diagnosis),
        name(host) or amounts.UNKNOWN,
        name(node.instance_id) or amounts.UNKNOWN,
        f"{name(node.cluster) or amounts.UNKNOWN}/{group}" if with_cluster else group,
        name(node.instance_type) or amounts.UNKNOWN,
        amounts.short_size(readings.slab_unreclaimable_bytes),
        _percent(ratio(readings.slab_unreclaimable_bytes, readings.memory_total_bytes)),
        _percent(ratio(readings.memory_available_bytes, readings.memory_total_bytes)),
        _percent(
            None
            if readings.memory_some_avg60_percent is None
            else readings.memory_some_avg60_percent / 100  # the kernel writes percent, the model has ratios
        ),
        "none" if is_answered and readings.swap_total_bytes == 0 else _percent(swap_used_ratio(readings)),
        amounts.decimal(load_per_cpu(readings)),
        left(diagnosis.runway, gap=""),
        name(node.zone) or amounts.UNKNOWN,
        sanitized(subject(worst)) if worst and worst.severity is not Severity.INFO else "",
    )


def _percent(value_ratio: float | None) -> str:
    """Return a share in the width of a column: whole percent."""
    return amounts.UNKNOWN if value_ratio is None else f"{value_ratio * 100:.0f}%"
