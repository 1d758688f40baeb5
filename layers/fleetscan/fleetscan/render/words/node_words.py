"""One node in words: its name, its findings with their likely causes, and the investigation."""

from __future__ import annotations

from collections.abc import Collection

from fleetscan.diagnosis.condition import condition, is_failing_now
from fleetscan.immutable import immutable
from fleetscan.model import CaptureStatus, Diagnosis, Finding, StepResult, Suspect
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name, sanitized
from fleetscan.render.words.wording import CAUSES, STATES

HOST_CHARACTERS = 40
"""A host name's first label may have 63; the ones EC2 gives have 17, an instance id 19."""

FINDINGS_SHOWN = 20
"""A node with more findings than this is not read to its end by anybody."""
SUSPECTS_SHOWN = 4
_REASON_CHARACTERS = 200

SAME_CAUSE = "same cause as the finding above"


def particulars(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Return what is known of a node besides its name: instance id, type, group, cluster and zone."""
    node = diagnosis.node
    shown = display_name(diagnosis)
    others = (
        _short(node.instance_id) if _short(node.instance_id) != shown else "",
        _short(node.instance_type),
        f"group {_short(node.node_group)}" if node.node_group else "",
        f"cluster {_short(node.cluster)}" if node.cluster else "",
        _short(node.zone),
    )
    return tuple(word for word in others if word)


@immutable(kw_only=False)
class FindingWords:
    """A finding without what was described for the findings above it."""

    finding: Finding
    cause: str
    """Empty where a finding above has the same."""
    suspects: tuple[str, ...]


def finding_words(diagnosis: Diagnosis) -> list[FindingWords]:
    """Return a node's findings, worst first; a likely cause of several of them is described at the first."""
    causes: set[str] = set()
    seen: set[str] = set()
    findings = []
    for finding in diagnosis.findings[:FINDINGS_SHOWN]:
        cause = CAUSES.get(finding.evidence.cause, "")
        named = finding.evidence.suspects[:SUSPECTS_SHOWN]
        suspects = [suspect_words(suspect) for suspect in named if not _is_named(suspect, seen)]
        if len(suspects) < len(named):
            suspects.append(SAME_CAUSE)
        for suspect in named:
            seen |= {suspect.name, suspect.image} - {""}
        findings.append(FindingWords(finding, "" if cause in causes else cause, tuple(suspects)))
        causes.add(cause)
    return findings


def suspect_words(suspect: Suspect) -> str:
    """Return a likely cause and why, such as ``pod weave/agent (image scope), 98% of it: holds 2.0 GiB``."""
    share = f", {amounts.percent(suspect.share)} of it" if suspect.share is not None else ""
    who = f"{_short(suspect.kind)} {name(suspect.name)}"
    image = f" (image {name(suspect.image)})" if suspect.image and suspect.image != suspect.name else ""
    return f"{who}{image}{share}: {sanitized(suspect.reason, _REASON_CHARACTERS)}"


def investigation_title(diagnosis: Diagnosis) -> str:
    """Return the heading of the investigation, which says when it confirmed nothing."""
    has_found = any(step.verdict is StepResult.CONFIRMED for step in diagnosis.steps)
    return "Investigation" if has_found else "Investigation (nothing confirmed)"


def _is_named(suspect: Suspect, seen: Collection[str]) -> bool:
    """Whether an earlier finding of the node has named it, be it the pod or the pod's image."""
    return suspect.name in seen or (suspect.kind == "image" and suspect.image in seen)


def _short(text: str) -> str:
    return name(text, HOST_CHARACTERS)


def condition_words(diagnosis: Diagnosis) -> str:
    """Return the condition: ``critical, failing now``, ``critical``, ``warning``, ``healthy`` or ``unknown``."""
    failing = ", failing now" if is_failing_now(diagnosis) else ""
    return f"{condition(diagnosis).value}{failing}"


def state(diagnosis: Diagnosis) -> str:
    """Return one word for a table: the condition, or why there was no response.

    Information makes no node worse than ``healthy``, and missing evidence none worse than ``unknown``.
    """
    if diagnosis.coverage.status is not CaptureStatus.ANSWERED:
        return STATES[diagnosis.coverage.status]
    return condition(diagnosis).value


def subject(finding: Finding) -> str:
    """Return what a finding is about: the words of its cause, or its title where no cause is known."""
    return CAUSES.get(finding.evidence.cause) or finding.title.rstrip(".")


def display_name(diagnosis: Diagnosis) -> str:
    """Return the name an operator knows a node by: the first label of its private DNS name, or its instance id."""
    node = diagnosis.node
    return name(node.private_dns_name.partition(".")[0] or node.instance_id, HOST_CHARACTERS)
