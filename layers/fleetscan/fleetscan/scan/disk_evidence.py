"""Selects the nodes whose disk limits are read from CloudWatch: those on which tasks wait for a disk, the worst first.

Every metric is billed, and paid from the budget of the CPU credits: ``CreditNodeLimit`` nodes of four metrics each. At
most half of it goes to disks, the rest stays for credits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from fleetscan.diagnosis.catalogue import traits
from fleetscan.diagnosis.order import worst_first
from fleetscan.diagnosis.rules import RULES
from fleetscan.diagnosis.traits import DiskChecks
from fleetscan.errors import in_words
from fleetscan.immutable import immutable
from fleetscan.model import Diagnosis
from fleetscan.model.disk_limits import DiskLimits
from fleetscan.ports import DiskReader
from fleetscan.quantities import counted

type Notes = tuple[str, ...]

METRICS_OF_A_NODE = 4
"""Of the CPU credits of a node, and of an instance without its volumes."""
METRICS_OF_A_VOLUME = 3
MOST_VOLUMES = 4
"""Volumes of a node that are asked about, the busiest first, then in the order of their attachment: the root, the
runtime's, and those of two pods."""
DISK_RATIO = 0.5
"""Largest share of the budget."""

DISK_RULES = frozenset(rule.id for rule in RULES if rule.disk_checks is DiskChecks.EVALUATED)
"""Rules that need the limits. A node with an open finding of them is read until the finding is resolved."""


@immutable
class DiskAnswers:
    """What was read, and what it took from the budget."""

    limits: Mapping[str, DiskLimits]
    notes: Notes = ()
    nodes_spent: int = 0
    """Of how many nodes the credits could have been read instead."""


def disk_limits(
    reader: DiskReader, diagnoses: Sequence[Diagnosis], followed: Collection[str], node_limit: int
) -> DiskAnswers:
    """Return the limits of the disks of the selected nodes, within half the budget."""
    waiting = {one.node.instance_id for one in diagnoses if disks_in_question(one)}
    in_question = worst_first(one for one in diagnoses if one.node.instance_id in {*followed, *waiting})
    if not in_question:
        return DiskAnswers(limits={})
    left = int(node_limit * METRICS_OF_A_NODE * DISK_RATIO)
    asked: dict[str, tuple[str, ...]] = {}
    for one in in_question:
        volumes = busiest_volumes(one)
        cost = METRICS_OF_A_NODE + len(volumes) * METRICS_OF_A_VOLUME
        if cost > left:
            break
        left -= cost
        asked[one.node.instance_id] = volumes
    spent = sum(METRICS_OF_A_NODE + len(ids) * METRICS_OF_A_VOLUME for ids in asked.values())
    all_of_them = counted(len(in_question), "node")
    left_out = f"Disk limits were read for {len(asked)} of {all_of_them} that wait for a disk, worst first."
    notes = (left_out,) if len(asked) < len(in_question) else ()
    # A node that no longer waits may have recovered, which a cached reading cannot show.
    calm = frozenset(one.node.instance_id for one in in_question) - waiting
    try:
        found = reader.limits(asked, fresh=calm) if asked else {}
    except Exception as error:  # noqa: BLE001 - optional evidence: on any error the scan goes on and reports it
        return DiskAnswers(limits={}, notes=(*notes, f"The limits of the disks were not read: {in_words(error)}"))
    volumes_of = {one.node.instance_id: len(one.node.volumes) for one in in_question}
    limits = {
        each: replace(one, volumes_left_out=max(0, volumes_of[each] - len(asked[each])))
        for each, one in found.items()
        if each in asked
    }
    return DiskAnswers(limits=limits, notes=notes, nodes_spent=-(-spent // METRICS_OF_A_NODE))


def disks_in_question(diagnosis: Diagnosis) -> bool:
    """Return whether a finding says that tasks of the node wait for a disk."""
    return any(traits(finding.rule).disk_checks is DiskChecks.EXPLAIN for finding in diagnosis.findings)


def busiest_volumes(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Return the volumes of a node to ask about: those that are attached, the busiest first, at most four."""
    attached = diagnosis.node.volumes
    busy = (one for one in diagnosis.busy_volumes if one in attached)
    return tuple(dict.fromkeys((*busy, *attached)))[:MOST_VOLUMES]
