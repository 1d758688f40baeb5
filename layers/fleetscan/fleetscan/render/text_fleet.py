"""Many nodes as plain text: those alike in one group, and the table of all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from fleetscan.model import CaptureStatus, Diagnosis, Severity
from fleetscan.render import amounts, layout
from fleetscan.render.condition import (
    display_name,
    is_quiet,
    lead,
    load_per_cpu,
    state,
    swap_used_ratio,
)
from fleetscan.render.escape import name, printable
from fleetscan.render.runway_words import left

TABLE_ROWS = 50
"""The worst nodes; a table of a thousand hides the three that matter."""

_GROUP_NODES = 6
_GROUPS = 12
_TITLES = 8
_HEADER = ("state", "name", "instance", "group", "type", "slab", "of", "avail", "PSI", "swap", "load", "left")
_RIGHT = frozenset({5, 6, 7, 8, 9, 10, 11})
_SHRINKABLE = (3, 1, 4)
"""What gives way when the table is too wide: group, then name, then type; the instance id never."""


def alike(diagnoses: Sequence[Diagnosis]) -> list[list[Diagnosis]]:
    """Return nodes on which the same rules fired at the same severity as one group, in the order given."""
    groups_of: dict[tuple[Severity | None, frozenset[str]], list[Diagnosis]] = defaultdict(list)
    for diagnosis in diagnoses:
        groups_of[diagnosis.severity, frozenset(finding.rule for finding in diagnosis.findings)].append(diagnosis)
    return list(groups_of.values())


def groups(diagnoses: Sequence[Diagnosis]) -> list[str]:
    """Return nodes with findings as text, those alike under one heading."""
    every = alike(diagnoses)
    lines = [line for members in every[:_GROUPS] for line in _group(members)]
    rest = sum(len(members) for members in every[_GROUPS:])
    return [*lines, f"  and {amounts.count(rest, 'more node')}: see the table"] if rest else lines


def table(diagnoses: Sequence[Diagnosis]) -> list[str]:
    """Return the table of the worst nodes and a line that says how many more there are.

    slab: unreclaimable kernel memory and its share of RAM. avail: MemAvailable. PSI: share of the last minute in which
    some task waited for memory. load: 1-minute load a CPU. left: until memory runs out, where it is lost steadily.
    """
    has_many_clusters = len({diagnosis.node.cluster for diagnosis in diagnoses}) > 1
    rows = [_HEADER, *(_row(diagnosis, with_cluster=has_many_clusters) for diagnosis in diagnoses[:TABLE_ROWS])]
    kept = [index for index in range(len(_HEADER)) if index == 0 or any(row[index] != "-" for row in rows[1:])]
    lines = layout.columns(
        [[row[index] for index in kept] for row in rows],
        right=frozenset(new for new, old in enumerate(kept) if old in _RIGHT),
        shrinkable=[kept.index(old) for old in _SHRINKABLE if old in kept],
    )
    if len(diagnoses) > TABLE_ROWS:
        lines.append(f"and {amounts.count(len(diagnoses) - TABLE_ROWS, 'node')} no worse than these")
    return lines


def quiet_words(members: Sequence[Diagnosis]) -> str:
    """Return what a dashboard shows of sick nodes that look well, or nothing when they do not."""
    if not members or not all(is_quiet(member.readings) for member in members):
        return ""
    pressures = [member.readings.memory_some_avg60_percent or 0.0 for member in members]
    loads = [load_per_cpu(member.readings) or 0.0 for member in members]
    still = "still looks healthy" if len(members) == 1 else "still look healthy"
    if len(members) == 1:
        return f"{still}: memory pressure {pressures[0]:.0f} %, load {loads[0]:.1f} a CPU"
    return f"{still}: memory pressure {max(pressures):.0f} % at most, load {max(loads):.1f} a CPU at most"


def by_evidence(members: Sequence[Diagnosis]) -> list[tuple[list[str], str]]:
    """Return, for nodes of one group, their descriptions gathered under the evidence that says most of each."""
    said: dict[str, list[str]] = defaultdict(list)
    for member in members:
        finding = lead(member)
        said[printable(finding.evidence.text) if finding else amounts.UNKNOWN].append(_described(member))
    return [(names, words) for words, names in said.items()]


def names_words(names: Sequence[str]) -> str:
    """Return the first names of many, and how many more there are."""
    more = len(names) - _GROUP_NODES
    return "; ".join(names[:_GROUP_NODES]) + (f"; and {more:,} more" if more > 0 else "")


def _described(diagnosis: Diagnosis) -> str:
    """Return one node of a group: its name, type and unreclaimable slab."""
    readings = diagnosis.readings
    share = amounts.ratio(readings.slab_unreclaimable_bytes, readings.memory_total_bytes)
    slab = f"slab {amounts.size(readings.slab_unreclaimable_bytes)}, {amounts.percent(share)}"
    details = ", ".join(
        word for word in (name(diagnosis.node.instance_type), slab if share is not None else "") if word
    )
    return f"{display_name(diagnosis)} ({details})" if details else display_name(diagnosis)


def _group(members: Sequence[Diagnosis]) -> list[str]:
    worst = members[0]
    severity = worst.severity.value if worst.severity else "-"
    titles = [f"{printable(finding.title).rstrip('.')} [{name(finding.rule)}]" for finding in worst.findings[:_TITLES]]
    rest = len(worst.findings) - len(titles)
    if rest:
        titles.append(f"and {rest} more")
    lines = [f"  {amounts.count(len(members), 'node')}, {severity}"]
    for title in titles:
        lines += layout.paragraph(title, indent="    ", hanging="      ")
    if worst.severity is Severity.CRITICAL and (words := quiet_words(members)):
        lines += layout.paragraph(f"{words}.", indent="    ")
    said = by_evidence(members)
    for names, words in said[:_GROUP_NODES]:
        lines += layout.paragraph(f"{names_words(names)}: {words}", indent="    - ", hanging="      ")
    if rest := sum(len(names) for names, _ in said[_GROUP_NODES:]):
        lines.append(f"    - and {amounts.count(rest, 'more node')}: see the table")
    return [*lines, ""]


def _row(diagnosis: Diagnosis, *, with_cluster: bool) -> tuple[str, ...]:
    node = diagnosis.node
    readings = diagnosis.readings
    group = name(node.node_group) or amounts.UNKNOWN
    host = node.private_dns_name.partition(".")[0]
    is_answered = diagnosis.coverage.status is CaptureStatus.ANSWERED
    return (
        state(diagnosis),
        name(host) or amounts.UNKNOWN,
        name(node.instance_id) or amounts.UNKNOWN,
        f"{name(node.cluster) or amounts.UNKNOWN}/{group}" if with_cluster else group,
        name(node.instance_type) or amounts.UNKNOWN,
        amounts.size(readings.slab_unreclaimable_bytes).replace("iB", ""),
        _percent(amounts.ratio(readings.slab_unreclaimable_bytes, readings.memory_total_bytes)),
        _percent(amounts.ratio(readings.memory_available_bytes, readings.memory_total_bytes)),
        _percent(
            None
            if readings.memory_some_avg60_percent is None
            else readings.memory_some_avg60_percent / 100  # the kernel speaks percent, we speak ratios
        ),
        "none" if is_answered and readings.swap_total_bytes == 0 else _percent(swap_used_ratio(readings)),
        amounts.decimal(load_per_cpu(readings)),
        left(diagnosis.runway).replace(" ", ""),
    )


def _percent(value_ratio: float | None) -> str:
    """Return a share in the width of a column: whole percent."""
    return amounts.UNKNOWN if value_ratio is None else f"{value_ratio * 100:.0f}%"
