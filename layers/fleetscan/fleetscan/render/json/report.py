"""A report as one JSON object, for programs: schema 1, whose keys are a contract.

Keys may be added within a schema, never renamed or removed. Output is pure ASCII, and strings from a node are cleaned
as everywhere else, so that ``jq -r`` on a terminal is as safe as the text. A value that is not known is null, never 0.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections import Counter
from collections.abc import Mapping

from fleetscan.diagnosis.condition import condition, is_failing_now
from fleetscan.model import Diagnosis, Finding, Report, Severity, Step, StepResult, Suspect
from fleetscan.model.conclusion import RootCause, Unattributed
from fleetscan.model.forecast import Runway
from fleetscan.render.json import finding_history, kubernetes, picture
from fleetscan.render.words.escape import sanitized
from fleetscan.render.words.headline import headline

SCHEMA = 1

_CHARACTERS = 2_000
_ITEMS = 1_000

type Value = str | int | float | bool | list[Value] | dict[str, Value] | None


def render(report: Report, after: Report | None = None) -> str:
    """Return the report as indented JSON, ended by a newline; a second scan of the same nodes goes under ``after``."""
    whole = document(report) if after is None else document(report) | {"after": document(after)}
    return json.dumps(whole, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def document(report: Report) -> dict[str, Value]:
    """Return the report as plain values, ready for any JSON writer."""
    return {
        "schema": SCHEMA,
        "scan_id": _text(report.scan_id),
        "started_at": report.started_at.isoformat(),
        "duration_seconds": _number(report.duration_seconds),
        "account": _text(report.account),
        "region": _text(report.region),
        "headline": headline(report),
        "nodes": [_node(diagnosis) for diagnosis in report.diagnoses],
        "fleet": _fleet(report),
        **finding_history.document(report.chronicle),
        "kubernetes": kubernetes.document(report),
        "empty_clusters": _texts(report.empty_clusters),
        "notes": _texts(report.notes),
        "thresholds": [
            {"rule": _text(one.rule), "name": _text(one.name), "value": one.value, "default": one.default}
            for one in report.thresholds
        ],
    }


def _node(diagnosis: Diagnosis) -> dict[str, Value]:
    node = diagnosis.node
    return {
        "instance_id": _text(node.instance_id),
        "cluster": _text(node.cluster),
        "node_group": _text(node.node_group),
        "instance_type": _text(node.instance_type),
        "zone": _text(node.zone),
        "private_dns_name": _text(node.private_dns_name),
        "architecture": _text(node.architecture),
        "launched_at": node.launched_at.isoformat() if node.launched_at else None,
        "status": diagnosis.coverage.status.value,
        "condition": condition(diagnosis).value,
        "is_failing_now": is_failing_now(diagnosis),
        "severity": diagnosis.severity.value if diagnosis.severity else None,
        "findings": [_finding(finding) for finding in diagnosis.findings[:_ITEMS]],
        "ruled_out": [
            {"hypothesis": _text(step.hypothesis), "evidence": _text(step.evidence)}
            for step in diagnosis.steps
            if step.verdict is StepResult.RULED_OUT
        ],
        "steps": [_step(step) for step in diagnosis.steps],
        "skipped": _reasons(diagnosis.skipped),
        "failed": _reasons(diagnosis.failed),
        "unevaluated": _reasons(diagnosis.unevaluated),
        "runway": _runway(diagnosis.runway),
        "kubernetes": kubernetes.node(diagnosis.kubernetes),
        **picture.document(diagnosis.picture),
        "readings": {key: _plain(value) for key, value in dataclasses.asdict(diagnosis.readings).items()},
        "coverage": {
            "status": diagnosis.coverage.status.value,
            "reason": _text(diagnosis.coverage.reason),
            "problems": _texts(diagnosis.coverage.problems),
            "is_partial": diagnosis.coverage.is_partial,
            "hidden": _texts(diagnosis.coverage.hidden),
            "version": diagnosis.coverage.version,
        },
    }


def _runway(runway: Runway | None) -> dict[str, Value] | None:
    if runway is None:
        return None
    return {
        "hours_low": _number(runway.hours_low),
        "hours": _number(runway.hours),
        "hours_high": _number(runway.hours_high),
        "limited_by": _text(runway.limited_by),
        "text": _text(runway.text),
    }


def _finding(finding: Finding) -> dict[str, Value]:
    return {
        "rule": _text(finding.rule),
        "severity": finding.severity.value,
        "cause": finding.evidence.cause.value,
        "title": _text(finding.title),
        "evidence": _text(finding.evidence.text),
        "measured": _number(finding.evidence.measured),
        "limit": _number(finding.evidence.limit),
        "remedy": "\n".join(_line(line) for line in finding.remedy.splitlines()),
        "suspects": [_suspect(suspect) for suspect in finding.evidence.suspects[:_ITEMS]],
    }


def _suspect(suspect: Suspect) -> dict[str, Value]:
    return {
        "kind": _text(suspect.kind),
        "name": _text(suspect.name),
        "image": _text(suspect.image),
        "share": _number(suspect.share),
        "reason": _text(suspect.reason),
    }


def _step(step: Step) -> dict[str, Value]:
    return {
        "hypothesis": _text(step.hypothesis),
        "question": _text(step.question),
        "verdict": step.verdict.value,
        "evidence": _text(step.evidence),
    }


def _fleet(report: Report) -> dict[str, Value]:
    severities = Counter(diagnosis.severity.value if diagnosis.severity else "none" for diagnosis in report.diagnoses)
    return {
        "culprits": [_root_cause(root_cause) for root_cause in report.culprits[:_ITEMS]],
        "unattributed": [_unattributed(one) for one in report.unattributed[:_ITEMS]],
        "findings": _fleet_findings(report),
        "counts": {
            "nodes": len(report.diagnoses),
            "by_status": dict(Counter(diagnosis.coverage.status.value for diagnosis in report.diagnoses)),
            "partial": sum(diagnosis.coverage.is_partial for diagnosis in report.diagnoses),
            "by_condition": dict(Counter(condition(diagnosis).value for diagnosis in report.diagnoses)),
            "by_severity": {key: severities[key] for key in (*(one.value for one in Severity), "none")},
        },
    }


def _root_cause(root_cause: RootCause) -> dict[str, Value]:
    return {
        "kind": _text(root_cause.kind),
        "name": _text(root_cause.name),
        "image": _text(root_cause.image),
        "workload": _text(root_cause.workload),
        "namespace": _text(root_cause.namespace),
        "cluster": _text(root_cause.cluster),
        "strength": root_cause.strength.value,
        "share": _number(root_cause.share),
        "held_bytes": root_cause.held_bytes,
        "is_confirmed": root_cause.is_confirmed,
        "cause": root_cause.cause.value,
        "rules": _texts(root_cause.rules),
        "reason": _text(root_cause.reason),
        "nodes": _texts(root_cause.nodes),
        "remedy": "\n".join(_line(line) for line in root_cause.remedy.splitlines()),
    }


def _unattributed(one: Unattributed) -> dict[str, Value]:
    return {
        "cluster": _text(one.cluster),
        "cause": one.cause.value,
        "rules": _texts(one.rules),
        "nodes": _texts(one.nodes),
        "reason": _text(one.reason),
        "candidates": [_root_cause(candidate) for candidate in one.candidates[:_ITEMS]],
    }


def _fleet_findings(report: Report) -> list[Value]:
    """Return one entry for each rule, cluster and cause, whichever number of nodes it fired on; worst first.

    What concerns the fleet as a whole and no node in particular comes after them, with its scope.
    """
    gathered: dict[tuple[str, str, str], tuple[Finding, list[str]]] = {}
    for diagnosis in report.diagnoses:
        for finding in diagnosis.findings:
            key = finding.rule, diagnosis.node.cluster, finding.evidence.cause.value
            worst, nodes = gathered.setdefault(key, (finding, []))
            if finding.severity.rank > worst.severity.rank:
                gathered[key] = finding, nodes
            if diagnosis.node.instance_id not in nodes[-1:]:
                nodes.append(diagnosis.node.instance_id)
    ordered = sorted(gathered.items(), key=lambda entry: (-entry[1][0].severity.rank, -len(entry[1][1])))
    of_nodes: list[Value] = [
        {
            "rule": _text(rule),
            "cluster": _text(cluster),
            "cause": cause,
            "severity": finding.severity.value,
            "title": _text(finding.title),
            "evidence": _text(finding.evidence.text),
            "scope": "node",
            "instance_ids": _texts(nodes),
        }
        for (rule, cluster, cause), (finding, nodes) in ordered
    ]
    of_the_fleet: list[Value] = [
        {
            "rule": _text(finding.rule),
            "cluster": _text(finding.cluster),
            "cause": finding.evidence.cause.value,
            "severity": finding.evidence.severity.value,
            "title": _text(finding.title),
            "evidence": _text(finding.evidence.text),
            "scope": "fleet",
            "instance_ids": _texts(finding.instance_ids),
        }
        for finding in report.fleet_findings[:_ITEMS]
    ]
    return of_nodes + of_the_fleet


def _reasons(reasons: Mapping[str, str]) -> dict[str, Value]:
    return {_text(rule): _text(reason) for rule, reason in reasons.items()}


def _texts(texts: tuple[str, ...] | list[str]) -> list[Value]:
    return [_text(text) for text in texts[:_ITEMS]]


def _text(text: str) -> str:
    return sanitized(text, _CHARACTERS)


def _line(line: str) -> str:
    """Clean one line of a remedy and keep its indent, which marks a command."""
    indent = len(line) - len(line.lstrip(" "))
    return " " * min(indent, 8) + _text(line)


def _plain(value: str | float | None) -> Value:
    return _text(value) if isinstance(value, str) else _number(value)


def _number(value: float | None) -> float | None:
    """Return the number, or None for what JSON cannot hold (NaN, infinity)."""
    return value if value is None or math.isfinite(value) else None
