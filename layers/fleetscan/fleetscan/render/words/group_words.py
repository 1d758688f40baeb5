"""Many nodes in words: those alike as one group, their names, their evidence, and which of them are shown in full."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from fleetscan.diagnosis.condition import Condition, condition, is_failing_now, is_quiet, lead, load_per_cpu
from fleetscan.model import CaptureStatus, Diagnosis, Report, Severity
from fleetscan.quantities import ratio
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name, sanitized
from fleetscan.render.words.node_words import display_name

GROUP_NODES = 6
"""Nodes of a group that are named."""

_FULL_NODES = 3
"""Nodes shown in full unless all are asked for: those that fail now, but no more than these."""


def shown_in_full(report: Report, *, verbose: bool = False) -> Sequence[Diagnosis]:
    """Return the nodes to show in full: the only one, those that fail now, or the worst; all when ``verbose``."""
    answered = [diagnosis for diagnosis in report.diagnoses if diagnosis.coverage.status is CaptureStatus.ANSWERED]
    if len(report.diagnoses) == 1:
        return answered
    if verbose:
        return [diagnosis for diagnosis in answered if diagnosis.findings]
    failing = [diagnosis for diagnosis in answered if is_failing_now(diagnosis)]
    bad = [diagnosis for diagnosis in answered if condition(diagnosis) in {Condition.CRITICAL, Condition.WARNING}]
    return failing[:_FULL_NODES] or bad[:1]


def other_nodes(report: Report, full: Sequence[Diagnosis], *, verbose: bool = False) -> Sequence[Diagnosis]:
    """Return the nodes that responded and have findings, without those that are shown in full.

    Without ``verbose`` none with mere information: it is on every node, and the fleet-wide findings gather it.
    """
    return [
        diagnosis
        for diagnosis in report.diagnoses
        if diagnosis not in full
        and diagnosis.coverage.status is CaptureStatus.ANSWERED
        and (diagnosis.severity is not None if verbose else diagnosis.severity not in {None, Severity.INFO})
    ]


def alike(diagnoses: Sequence[Diagnosis]) -> list[list[Diagnosis]]:
    """Return nodes on which the same rules fired at the same severity as one group, in the order given."""
    groups_of: dict[tuple[Severity | None, frozenset[str]], list[Diagnosis]] = defaultdict(list)
    for diagnosis in diagnoses:
        groups_of[diagnosis.severity, frozenset(finding.rule for finding in diagnosis.findings)].append(diagnosis)
    return list(groups_of.values())


def by_evidence(members: Sequence[Diagnosis]) -> list[tuple[list[str], str]]:
    """Return, for nodes of one group, their descriptions gathered under the evidence that says most of each."""
    said: dict[str, list[str]] = defaultdict(list)
    for member in members:
        finding = lead(member)
        said[sanitized(finding.evidence.text) if finding else amounts.UNKNOWN].append(described(member))
    return [(names, words) for words, names in said.items()]


def described(diagnosis: Diagnosis) -> str:
    """Return one node of a group: its name, type and unreclaimable slab."""
    readings = diagnosis.readings
    share = ratio(readings.slab_unreclaimable_bytes, readings.memory_total_bytes)
    slab = f"slab {amounts.size(readings.slab_unreclaimable_bytes)}, {amounts.percent(share)}"
    details = ", ".join(
        word for word in (name(diagnosis.node.instance_type), slab if share is not None else "") if word
    )
    return f"{display_name(diagnosis)} ({details})" if details else display_name(diagnosis)


def names_words(names: Sequence[str]) -> str:
    """Return the first names of many, and how many more there are."""
    more = len(names) - GROUP_NODES
    return "; ".join(names[:GROUP_NODES]) + (f"; and {more:,} more" if more > 0 else "")


def quiet_words(members: Sequence[Diagnosis]) -> str:
    """Return that pressure and load do not show it yet, with both; nothing where they do."""
    if not members or not all(is_quiet(member.readings) for member in members):
        return ""
    pressures = [member.readings.memory_some_avg60_percent or 0.0 for member in members]
    loads = [load_per_cpu(member.readings) or 0.0 for member in members]
    pressure = f"memory pressure {max(pressures):.0f}%"
    load = f"load {max(loads):.1f} per CPU"
    if len(members) == 1:
        return f"no symptoms yet: {pressure}, {load}"
    return f"no symptoms yet: {pressure} at most, {load} at most"
