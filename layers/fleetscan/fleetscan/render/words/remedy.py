"""A remedy split into prose and commands, so that a command can be copied without the text around it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import field, replace

from fleetscan.immutable import immutable
from fleetscan.model import Diagnosis, Finding, Node, Report, Severity
from fleetscan.model.conclusion import RootCause
from fleetscan.render.words.node_words import display_name
from fleetscan.render.words.root_cause_words import accounts_for

PAGES = "docs/rules"
"""Where each rule's page is, in the project's repository."""

_BLOCK = re.compile(r"^(?: {2,}|\t|\$ )\s*(?P<command>\S.*)$")
"""A line set in from the left, or after a prompt, is a command."""

_INSTANCE_ID = re.compile(r"i-[0-9a-f]{8,17}")
_HOST_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,252}")

_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

_QUOTED = re.compile(r"`(?P<command>[^`\n]+)`")


@immutable
class Advice:
    """A remedy and the nodes it is for; findings of one rule share it."""

    title: str
    remedy: str
    severity: Severity
    """The worst of its findings."""
    rules: list[str] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)


def filled(text: str, node: Node) -> str:
    """Return a remedy with NODE and INSTANCE_ID replaced by the node's own, if those are valid.

    A command is made to be pasted, so nothing gets into it that is not a host name or an instance id in form.
    """
    if _INSTANCE_ID.fullmatch(node.instance_id):
        text = _placeholder("INSTANCE_ID").sub(node.instance_id, text)
    if _HOST_NAME.fullmatch(node.private_dns_name):
        text = _placeholder("NODE").sub(node.private_dns_name, text)
    return text


def _filled_for(text: str, pod: str) -> str:
    """Return a remedy with POD and NAMESPACE replaced by those of ``namespace/name``, if they are valid."""
    namespace, _, name = pod.partition("/")
    if not _NAMESPACE.fullmatch(namespace) or not _HOST_NAME.fullmatch(name):
        return text
    return _placeholder("NAMESPACE").sub(namespace, _placeholder("POD").sub(name, text))


def _placeholder(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{word}\b")


def advice(report: Report) -> Sequence[Advice]:
    """Return every distinct remedy of a report, the worst finding's first, filled in where it is for one node.

    What is attributed to a root cause has its remedy and not one of its own.
    """
    root_causes: dict[str, list[RootCause]] = defaultdict(list)
    for root_cause in report.culprits:
        for instance_id in root_cause.nodes:
            root_causes[instance_id].append(root_cause)
    found: list[tuple[int, Finding, Diagnosis]] = [
        (-finding.severity.rank, finding, diagnosis)
        for diagnosis in report.diagnoses
        for finding in diagnosis.findings
        if finding.remedy.strip()
        and not any(accounts_for(one, finding) for one in root_causes.get(diagnosis.node.instance_id, ()))
    ]
    found.sort(key=lambda entry: entry[0])
    remedies: dict[str, Advice] = {}
    only: dict[str, Node | None] = {}
    pods: dict[str, set[str]] = defaultdict(set)
    named: set[tuple[str, str]] = set()
    for _, finding, diagnosis in found:
        entry = remedies.setdefault(
            finding.remedy, Advice(title=finding.title, remedy=finding.remedy, severity=finding.severity)
        )
        if finding.rule not in entry.rules:
            entry.rules.append(finding.rule)
        if finding.severity is Severity.INFO is not entry.severity:
            continue  # information alone needs no remedy
        pods[finding.remedy] |= _pods(finding)
        name = display_name(diagnosis)
        if (finding.remedy, name) not in named:
            named.add((finding.remedy, name))
            entry.nodes.append(name)
            only[finding.remedy] = diagnosis.node if len(entry.nodes) == 1 else None
    return tuple(
        replace(entry, remedy=_filled_in(remedy, only[remedy], pods[remedy])) for remedy, entry in remedies.items()
    )


def _filled_in(remedy: str, node: Node | None, pods: set[str]) -> str:
    """Return a remedy with the node's names where it is for one node, and the pod's where it is for one pod."""
    text = remedy if node is None else filled(remedy, node)
    return _filled_for(text, *pods) if len(pods) == 1 else text


def _pods(finding: Finding) -> set[str]:
    """Return the pods that a finding names; one empty name where it names none, which may be any."""
    return {one.name for one in finding.evidence.suspects if one.kind == "pod"} or {""}


def ends_with(report: Report, root_cause: RootCause) -> tuple[str, ...]:
    """Return the rules whose findings on any node are attributed to the root cause, in the order of the findings."""
    affected = frozenset(root_cause.nodes)
    return tuple(
        dict.fromkeys(
            finding.rule
            for diagnosis in report.diagnoses
            if diagnosis.node.instance_id in affected
            for finding in diagnosis.findings
            if accounts_for(root_cause, finding)
        )
    )


@immutable(kw_only=False)
class Plan:
    """What to do, in the order in which to do it."""

    full: tuple[Advice, ...]
    """To be shown with all commands."""
    short: tuple[Advice, ...]
    """To be shown in a line, with the rule's page."""
    waiting: int
    """For information only."""


SHORT_FROM = 3
"""More warnings than these are shown in a line each even where there is nothing worse."""


def plan(report: Report, *, verbose: bool = False) -> Plan:
    """Return which remedies to show in full: the critical ones; all when ``verbose``; else the few there are."""
    every = tuple(advice(report))
    if verbose:
        return Plan(every, (), 0)
    critical = tuple(one for one in every if one.severity is Severity.CRITICAL)
    warnings = tuple(one for one in every if one.severity is Severity.WARNING)
    rest = len(every) - len(critical) - len(warnings)
    if critical or report.culprits or len(warnings) > SHORT_FROM:
        return Plan(critical, warnings, rest)
    return Plan(warnings or every[:SHORT_FROM], (), rest if warnings else max(rest - SHORT_FROM, 0))


@immutable(kw_only=False)
class Part:
    """A piece of a remedy: a paragraph of prose, or one command."""

    text: str
    is_command: bool = False


def parts(remedy: str) -> tuple[Part, ...]:
    """Return a remedy as paragraphs and commands in their order.

    A command is an indented line, a line after ``$``, or words in back quotes that hold a space: ```pid_max``` is a
    word, ```kubectl get pods``` is a command. A command in the middle of a sentence stands after the sentence.
    """
    taken: list[Part] = []
    for line in remedy.splitlines():
        if block := _BLOCK.match(line):
            taken.append(Part(block["command"].strip(), is_command=True))
        elif line.strip():
            taken.extend(_from_prose(line.strip()))
    return tuple(taken)


def _from_prose(line: str) -> list[Part]:
    commands = [match["command"] for match in _QUOTED.finditer(line) if " " in match["command"].strip()]
    if not commands:
        return [Part(line.replace("`", ""))]
    pieces: list[Part] = []
    start = 0
    for match in _QUOTED.finditer(line):
        if match["command"] not in commands:
            continue
        before = line[start : match.start()].replace("`", "").strip(" ,;")
        if before.strip(".:"):
            pieces.append(Part(before if before.endswith((":", ".")) else f"{before}:"))
        pieces.append(Part(match["command"].strip(), is_command=True))
        start = match.end()
    after = line[start:].replace("`", "").strip(" ,;")
    if after.strip(".:()"):
        pieces.append(Part(after.lstrip(".): ")))
    return pieces
