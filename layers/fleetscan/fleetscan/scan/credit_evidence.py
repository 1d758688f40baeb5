"""Selects the burstable nodes whose CPU credit balances are read: the mode is free, every balance is billed."""

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
"""Half of the CPU steal at which ``cpu_steal_high`` warns by default."""
BUSY_RATIO = 0.40
"""The highest baseline of any burstable size (T3 xlarge): above it every size spends more credits than it earns."""
LOAD_PER_CPU = 2.0
"""The limit of ``load_high``."""

BALANCE_RULES = frozenset(rule.id for rule in RULES if rule.balances is Balances.EVALUATED)
"""Rules that need the balances. A node with an open finding of them is read until the finding is resolved."""
_SILENT = {CaptureStatus.TIMED_OUT, CaptureStatus.CONNECTION_LOST}
"""A throttled node is often too slow to respond, but EC2 still has its credit metrics."""


def credit_modes(reader: CreditReader, nodes: Sequence[Node]) -> tuple[Mapping[str, CreditMode], Notes]:
    """Return the mode of every burstable node (one free call for hundreds), or a note on why it is unknown."""
    try:
        return reader.modes(nodes) if nodes else {}, ()
    except Exception as error:  # noqa: BLE001 - optional evidence: on any error the scan goes on and reports it
        return {}, (f"CPU credit modes were not read: {in_words(error)}",)


def credit_balances(
    reader: CreditReader,
    diagnoses: Sequence[Diagnosis],
    modes: Mapping[str, CreditMode],
    followed: Collection[str],
    node_limit: int,
) -> tuple[Mapping[str, Credits], Notes]:
    """Return the balances of the selected burstable nodes, the busiest first: every metric read is billed."""
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
    left_out = f"CPU credit balances were read for {len(asked)} of {len(in_question)} selected nodes, busiest first."
    notes = (left_out,) if len(asked) < len(in_question) else ()
    # A node that is no longer busy may have recovered, which a cached reading cannot show.
    calm = frozenset(each.node.instance_id for each in in_question if not credits_in_question(each))
    try:
        return reader.credits(asked, modes, fresh=calm) if asked else {}, notes
    except Exception as error:  # noqa: BLE001 - same
        return {}, (f"CPU credit balances were not read: {in_words(error)}",)


def credits_in_question(diagnosis: Diagnosis) -> bool:
    """Return whether the credit metrics of a burstable node are worth their price.

    They are with CPU steal, CPU usage above any baseline, a high load, a finding about steal, or no response. A
    reading that is None is no reason.
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
