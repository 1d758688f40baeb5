"""The fleet-wide conclusion in words: the probable root cause, its confidence, and what stays unattributed."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from fleetscan.immutable import immutable
from fleetscan.model import Diagnosis, Finding, Report, Suspect
from fleetscan.model.conclusion import RootCause, Strength, Unattributed
from fleetscan.model.finding import Cause
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name, sanitized
from fleetscan.render.words.node_words import display_name

NAMED = 2
"""More root causes than these are a list, not a headline."""
_CANDIDATES = 3
_GROUPS = 6
_AFFECTED = 8
_REASONS = 8
_REASON_CHARACTERS = 300
_LEAST_NODES = 2
"""Of a single node its own findings say already that no cause was found."""

KINDS: Mapping[str, str] = {"daemonset": "DaemonSet", "deployment": "Deployment", "statefulset": "StatefulSet"}
"""As Kubernetes writes them; other kinds are plain words."""

MOSTLY_HELD_RATIO = 0.5
"""From this share of what is held on the affected nodes on, whoever holds it is named with high confidence."""


class Level(enum.StrEnum):
    """How sure the conclusion is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@immutable(kw_only=False)
class Confidence:
    """How sure it is that something is the root cause, and why: it follows from the kind of evidence alone."""

    level: Level
    why: str


def title(root_cause: RootCause) -> str:
    """Return its kind and name: ``DaemonSet weave/weave-scope-agent``."""
    return f"{KINDS.get(root_cause.kind, name(root_cause.kind))} {name(root_cause.name)}"


def confidence(root_cause: RootCause) -> Confidence:
    """Return how sure the conclusion is. The only place where evidence becomes a confidence.

    high: its own sockets or files are seen to hold at least half of what the affected nodes lack.
    medium: they hold a smaller part, or a part that was not measured; or it runs on the affected nodes and not on the
    others, and chance and the node group do not explain that.
    medium at most: one node alone says so.
    low: it merely runs there, or it runs there and nobody maintains it. Never a root cause, only a candidate.
    """
    if not root_cause.is_confirmed and root_cause.strength is Strength.HOLDS:
        return Confidence(Level.MEDIUM, "one node says so and no other shows it")
    match root_cause.strength:
        case Strength.HOLDS:
            return _by_holding(root_cause)
        case Strength.CORRELATES:
            return Confidence(Level.MEDIUM, "it runs on the affected nodes and not on the others")
        case Strength.ABANDONED:
            return Confidence(Level.LOW, "unmaintained, but not seen to hold anything")
        case Strength.PRESENT:
            return Confidence(Level.LOW, "it runs there and holds little")


def _by_holding(root_cause: RootCause) -> Confidence:
    is_socket = root_cause.cause is Cause.SOCKET_QUEUE
    holder, held = ("its own sockets hold", "kernel memory") if is_socket else ("its own process holds", "open files")
    if root_cause.share is None:
        return Confidence(Level.MEDIUM, f"{holder} {held}; the share was not measured")
    if root_cause.share < MOSTLY_HELD_RATIO:
        return Confidence(Level.MEDIUM, f"{holder} only a part of the {held}")
    return Confidence(Level.HIGH, f"{holder} most of the {held}")


def confidence_words(root_cause: RootCause) -> str:
    """Return it in brackets' length: ``confidence: high, its own sockets hold most of the kernel memory``."""
    sure = confidence(root_cause)
    return f"confidence: {sure.level}, {sure.why}"


def affected(root_cause: RootCause, report: Report) -> str:
    """Return the names of the nodes for which the evidence speaks, in the report's order."""
    nodes = [display_name(one) for one in report.diagnoses if one.node.instance_id in root_cause.nodes]
    more = len(nodes) - _AFFECTED
    return ", ".join(nodes[:_AFFECTED]) + (f" and {more:,} more" if more > 0 else "")


def sentence(report: Report) -> str:
    """Return the probable root causes, each with its confidence and the first part of its reason."""
    confirmed = [one for one in report.culprits if one.is_confirmed]
    if not confirmed:
        return _said_alone(report)
    word = "Probable root cause" if len(confirmed) == 1 else "Probable root causes"
    named = "; ".join(
        f"{title(one)} (confidence: {confidence(one).level}), which {_first(one)}" for one in confirmed[:NAMED]
    )
    rest = len(confirmed) - NAMED
    return f"{word}: {named}{f'; and {rest:,} more' if rest > 0 else ''}."


def in_headline(report: Report) -> tuple[RootCause, ...]:
    """Return those that the headline names: what one node alone says only where nothing else is known."""
    confirmed = tuple(one for one in report.culprits if one.is_confirmed)
    return (confirmed or report.culprits)[:NAMED]


def heading(root_cause: RootCause) -> str:
    """Return what a root cause is called: one that a node alone names is that node's word."""
    return "Probable root cause" if root_cause.is_confirmed else "One node says"


def _said_alone(report: Report) -> str:
    """Return what single nodes say of their own holders, which is no conclusion for the others."""
    if not report.culprits:
        return ""
    said = "; ".join(f"{affected(one, report)} says that {title(one)} {_first(one)}" for one in report.culprits[:NAMED])
    rest = len(report.culprits) - NAMED
    more = f"; and {rest:,} more" if rest > 0 else ""
    return f"No root cause of the fleet; what one node alone says: {said}{more}."


def reasons(root_cause: RootCause) -> list[str]:
    """Return the evidence, one part of it a string, strongest first."""
    pieces = root_cause.reason.split("; ")[:_REASONS]
    return [part for part in (sanitized(piece, _REASON_CHARACTERS) for piece in pieces) if part]


def explains(root_cause: RootCause, diagnosis: Diagnosis, finding: Finding) -> bool:
    """Whether a finding on a node is attributed to the root cause."""
    return diagnosis.node.instance_id in root_cause.nodes and accounts_for(root_cause, finding)


def accounts_for(root_cause: RootCause, finding: Finding) -> bool:
    """Whether a finding on one of the root cause's nodes is attributed to it.

    It is of one of its rules, has the same cause there, or has no other likely cause.
    """
    return (
        finding.rule in root_cause.rules
        or (finding.evidence.cause is root_cause.cause is not Cause.UNATTRIBUTED)
        or (bool(finding.evidence.suspects) and all(_is(root_cause, one) for one in finding.evidence.suspects))
    )


def _is(root_cause: RootCause, suspect: Suspect) -> bool:
    """Whether a suspect is the root cause: it has its image, or is one of its pods or its process by name."""
    return (
        (bool(root_cause.image) and suspect.image == root_cause.image)
        or suspect.name == root_cause.name
        or (bool(root_cause.workload) and suspect.name.startswith(f"{root_cause.name}-"))
    )


def unattributed(report: Report) -> list[str]:
    """Return one sentence for each problem of several nodes that cannot be attributed."""
    shown = [one for one in report.unattributed if len(one.nodes) >= _LEAST_NODES or one.candidates]
    sentences = [_unattributed_words(one) for one in shown[:_GROUPS]]
    rest = len(shown) - _GROUPS
    return (
        [*sentences, f"and {amounts.count(rest, 'more problem')} without a root cause: see --json"]
        if rest > 0
        else sentences
    )


def _unattributed_words(one: Unattributed) -> str:
    rules = ", ".join(name(rule) for rule in one.rules)
    where = f" in {name(one.cluster)}" if one.cluster else ""
    nodes = amounts.count(len(one.nodes), "node")
    words = f"No root cause found for {rules} on {nodes}{where}: {sanitized(one.reason)}"
    candidates = [_candidate(who) for who in one.candidates[:_CANDIDATES]]
    return f"{words}. Candidates, not confirmed: {'; '.join(candidates)}" if candidates else words


def _candidate(who: RootCause) -> str:
    return f"{title(who)} (confidence: {confidence(who).level}; {sanitized(who.reason, _REASON_CHARACTERS)})"


def _first(root_cause: RootCause) -> str:
    return next(iter(reasons(root_cause)), confidence(root_cause).why)
