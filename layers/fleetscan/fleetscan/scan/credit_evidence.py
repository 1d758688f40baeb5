"""Which burstable nodes have their CPU credits asked for: the mode is free, every balance that is read is paid."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from fleetscan.diagnosis.catalogue import traits
from fleetscan.diagnosis.rules import RULES
from fleetscan.diagnosis.traits import Balances
from fleetscan.errors import in_words
from fleetscan.model import CaptureStatus, CreditMode, Credits, Diagnosis, Node
from fleetscan.ports import CreditReader

type Notes = tuple[str, ...]

STEAL_RATIO = 0.05
"""Half of the share of stolen time at which ``cpu_steal_high`` warns by default."""
BUSY_RATIO = 0.40
"""The highest baseline of any burstable size (T3 xlarge): above it each of them spends more than it earns."""
LOAD_PER_CPU = 2.0
"""Where ``load_high`` begins."""

BALANCE_RULES = frozenset(rule.id for rule in RULES if rule.balances is Balances.EVALUATED)
"""Rules that need the balances. A node that has one of their episodes is asked until the episode is over."""
_SILENT = {CaptureStatus.TIMED_OUT, CaptureStatus.CONNECTION_LOST}
"""A throttled node is often too slow to answer, and EC2 keeps its credit metrics even then."""


def credit_modes(reader: CreditReader, nodes: Sequence[Node]) -> tuple[Mapping[str, CreditMode], Notes]:
    """Return the mode of every burstable node (one call for hundreds, free), or a note on why it is not known."""
    try:
        return reader.modes(nodes) if nodes else {}, ()
    except Exception as error:  # noqa: BLE001 - optional evidence: whatever refuses it, the scan goes on and says so
        return {}, (f"CPU credit modes were not read: {in_words(error)}",)


def credit_balances(
    reader: CreditReader,
    diagnoses: Sequence[Diagnosis],
    modes: Mapping[str, CreditMode],
    followed: Collection[str],
    node_limit: int,
) -> tuple[Mapping[str, Credits], Notes]:
    """Return the balances of the burstable nodes in question, the busiest first: every metric that is read is paid."""
    in_question = sorted(
        (
            each
            for each in diagnoses
            if each.node.instance_id in modes and (each.node.instance_id in followed or credits_in_question(each))
        ),
        key=lambda each: (each.readings.cpu_steal_ratio or 0) + (each.readings.cpu_busy_ratio or 0),
        reverse=True,
    )
    asked = [each.node for each in in_question[:node_limit]]
    left_out = f"CPU credit balances were read for {len(asked)} of {len(in_question)} nodes in question, busiest first."
    notes = (left_out,) if len(asked) < len(in_question) else ()
    # A node that has calmed down has perhaps recovered: that is not to be told from a reading of before.
    calm = frozenset(each.node.instance_id for each in in_question if not credits_in_question(each))
    try:
        return reader.credits(asked, modes, fresh=calm) if asked else {}, notes
    except Exception as error:  # noqa: BLE001 - same
        return {}, (f"CPU credit balances were not read: {in_words(error)}",)


def credits_in_question(diagnosis: Diagnosis) -> bool:
    """Return whether a burstable node gives reason to pay for its credit metrics.

    Stolen time, a CPU busier than any baseline, a queue of runnable tasks, a finding of stolen time, or silence; a
    reading that is None asks for nothing.
    """
    if diagnosis.coverage.status in _SILENT:
        return True
    if any(traits(finding.rule).balances is Balances.EXPLAIN for finding in diagnosis.findings):
        return True
    readings = diagnosis.readings
    load_per_cpu = readings.load1 / readings.cpus if readings.load1 is not None and readings.cpus else None
    return (
        _reaches(readings.cpu_steal_ratio, STEAL_RATIO)
        or _reaches(readings.cpu_busy_ratio, BUSY_RATIO)
        or _reaches(load_per_cpu, LOAD_PER_CPU)
    )


def _reaches(reading: float | None, limit: float) -> bool:
    return reading is not None and reading >= limit
