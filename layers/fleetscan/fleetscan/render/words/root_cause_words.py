"""The conclusion over all nodes in words: who is the culprit, what ends with it, and what stays unattributed."""

from __future__ import annotations

from collections.abc import Mapping

from fleetscan.diagnosis.condition import display_name
from fleetscan.model import Diagnosis, Finding, Report, Suspect
from fleetscan.model.conclusion import RootCause, Strength, Unattributed
from fleetscan.model.finding import Cause
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name, printable

NAMED = 2
"""More culprits than these are a list, not a headline."""
_CANDIDATES = 3
_GROUPS = 6
_AFFECTED = 8
_REASONS = 8
_REASON_CHARACTERS = 300
_LEAST_NODES = 2
"""Of a single node its own findings say already that nobody was found."""

KINDS: Mapping[str, str] = {"daemonset": "DaemonSet", "deployment": "Deployment", "statefulset": "StatefulSet"}
"""As Kubernetes writes them; other kinds are plain words."""

STRENGTHS: Mapping[Strength, str] = {
    Strength.HOLDS: "holds it",
    Strength.CORRELATES: "correlates",
    Strength.ABANDONED: "abandoned",
    Strength.PRESENT: "merely present",
}


def title(culprit: RootCause) -> str:
    """Return who it is: ``DaemonSet weave/weave-scope-agent``."""
    return f"{KINDS.get(culprit.kind, name(culprit.kind))} {name(culprit.name)}"


def strength(culprit: RootCause) -> str:
    """Return how strong the evidence is, in words."""
    is_socket = culprit.strength is Strength.HOLDS and culprit.cause is Cause.SOCKET_QUEUE
    return "holds the buffers" if is_socket else STRENGTHS[culprit.strength]


def affected(culprit: RootCause, report: Report) -> str:
    """Return the names of the nodes for which the evidence speaks, in the report's order."""
    nodes = [display_name(one) for one in report.diagnoses if one.node.instance_id in culprit.nodes]
    more = len(nodes) - _AFFECTED
    return ", ".join(nodes[:_AFFECTED]) + (f" and {more:,} more" if more > 0 else "")


def sentence(report: Report) -> str:
    """Return the culprits, each with the first part of its reason; nothing where nobody is one."""
    if not report.culprits:
        return ""
    word = "Culprit" if len(report.culprits) == 1 else "Culprits"
    named = "; ".join(f"{title(one)}, which {_first(one)}" for one in report.culprits[:NAMED])
    rest = len(report.culprits) - NAMED
    return f"{word}: {named}{f'; and {rest:,} more' if rest > 0 else ''}."


def reasons(culprit: RootCause) -> list[str]:
    """Return the evidence, one part of it a string, strongest first."""
    pieces = culprit.reason.split("; ")[:_REASONS]
    return [part for part in (printable(piece, _REASON_CHARACTERS) for piece in pieces) if part]


def explains(culprit: RootCause, diagnosis: Diagnosis, finding: Finding) -> bool:
    """Whether a finding on a node ends with the culprit."""
    return diagnosis.node.instance_id in culprit.nodes and accounts_for(culprit, finding)


def accounts_for(culprit: RootCause, finding: Finding) -> bool:
    """Whether a finding on one of the culprit's nodes ends with it.

    It is of one of its rules, has the same cause there, or suspects nobody else.
    """
    return (
        finding.rule in culprit.rules
        or (finding.evidence.cause is culprit.cause is not Cause.UNATTRIBUTED)
        or (bool(finding.evidence.suspects) and all(_is(culprit, one) for one in finding.evidence.suspects))
    )


def _is(culprit: RootCause, suspect: Suspect) -> bool:
    """Whether a suspect is the culprit: it has its image, or is one of its pods or its process by name."""
    return (
        (bool(culprit.image) and suspect.image == culprit.image)
        or suspect.name == culprit.name
        or (bool(culprit.workload) and suspect.name.startswith(f"{culprit.name}-"))
    )


def unattributed(report: Report) -> list[str]:
    """Return one sentence for each trouble of several nodes that nobody can be blamed for."""
    told = [one for one in report.unattributed if len(one.nodes) >= _LEAST_NODES or one.candidates]
    sentences = [_nobody(one) for one in told[:_GROUPS]]
    rest = len(told) - _GROUPS
    return (
        [*sentences, f"and {amounts.count(rest, 'more trouble')} without a culprit: see --json"]
        if rest > 0
        else sentences
    )


def _nobody(one: Unattributed) -> str:
    rules = ", ".join(name(rule) for rule in one.rules)
    where = f" in {name(one.cluster)}" if one.cluster else ""
    nodes = amounts.count(len(one.nodes), "node")
    words = f"No culprit for {rules} on {nodes}{where}: unattributed; {printable(one.reason)}"
    candidates = [_accused(who) for who in one.candidates[:_CANDIDATES]]
    return f"{words}. Not accused: {'; '.join(candidates)}" if candidates else words


def _accused(who: RootCause) -> str:
    return f"{title(who)} ({strength(who)}: {printable(who.reason, _REASON_CHARACTERS)})"


def _first(culprit: RootCause) -> str:
    return next(iter(reasons(culprit)), strength(culprit))
