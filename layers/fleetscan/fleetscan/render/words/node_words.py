"""A node in few words: how it is called, how it is, what it suffers from."""

from __future__ import annotations

from fleetscan.diagnosis.condition import condition, is_failing_now, is_judged
from fleetscan.model import CaptureStatus, Diagnosis, Finding, Severity
from fleetscan.render.words.escape import name
from fleetscan.render.words.wording import CAUSES, STATES

HOST_CHARACTERS = 40
"""A host name's first label may have 63; the ones EC2 gives have 17, an instance id 19."""


def condition_words(diagnosis: Diagnosis) -> str:
    """Return how a node is: ``critical, failing now``, ``critical``, ``warning``, ``healthy`` or ``unknown``."""
    failing = ", failing now" if is_failing_now(diagnosis) else ""
    return f"{condition(diagnosis).value}{failing}"


def state(diagnosis: Diagnosis) -> str:
    """Return one word for a table: the worst severity, ``ok``, ``partial``, or why there was no answer.

    Information makes no node worse than ``ok``.
    """
    if diagnosis.coverage.status is not CaptureStatus.ANSWERED:
        return STATES[diagnosis.coverage.status]
    if diagnosis.severity not in {None, Severity.INFO}:
        return str(diagnosis.severity)
    return "ok" if is_judged(diagnosis.readings) else "partial"


def subject(finding: Finding) -> str:
    """Return what a finding is about: the words of its cause, or its title where no cause is known."""
    return CAUSES.get(finding.evidence.cause) or finding.title.rstrip(".")


def display_name(diagnosis: Diagnosis) -> str:
    """Return the name an operator knows a node by: the first label of its private DNS name, or its instance id."""
    node = diagnosis.node
    return name(node.private_dns_name.partition(".")[0] or node.instance_id, HOST_CHARACTERS)
