# ruff: noqa: INP001 - Lambda imports this module by its bare name; the folder is no package
"""The Lambda function of a scan: wires the ports, runs the pipeline, returns counts."""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from fleetscan import settings
from fleetscan.bootstrap import clients
from fleetscan.bootstrap.claims import claimed
from fleetscan.bootstrap.destinations import destinations
from fleetscan.bootstrap.sources import sources
from fleetscan.model import CaptureStatus, Diagnosis, Report, Severity
from fleetscan.ports import Progress
from fleetscan.scan import pipeline
from fleetscan.scan.ports import ScanPorts, unwatched

logger = Logger(service="fleetscan")


def run(deadline: float, progress: Progress = unwatched, *, account: str = "") -> Report:
    """Scan once with the settings of the environment; ``deadline`` is a time since the epoch."""
    wanted = settings.read(os.environ)
    aws = clients.own().begin(deadline, wanted.safety_margin_seconds)
    ports = ScanPorts(
        sources=sources(aws, wanted, progress=progress),
        destinations=destinations(aws, wanted, account=account, region=aws.region),
    )
    return pipeline.scan(ports, wanted, deadline=deadline)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Scan within the remaining time, less the margin for publishing; errors are raised so that alarms fire."""
    wanted = settings.read(os.environ)
    end = time.time() + context.get_remaining_time_in_millis() / 1000
    deadline = end - wanted.safety_margin_seconds
    aws = clients.own().begin(deadline, wanted.safety_margin_seconds)
    with claimed(aws, wanted, event, until=end, owner=context.aws_request_id) as is_ours:
        if not is_ours:
            logger.info("Scan skipped: another invocation makes it or has made it", extra={"event": event})
            return {"scan_id": None, "duplicate": True}
        report = run(deadline, account=context.invoked_function_arn.split(":")[4])
    answer = counts(report)
    for diagnosis in report.diagnoses:
        if diagnosis.findings:
            logger.info("Node with findings", extra=in_short(diagnosis))
    logger.info("Scan completed", extra={**answer, "execution_id": event.get("execution_id"), "notes": report.notes})
    return answer


def in_short(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return the log entry of one node; the log has all nodes, even if a notification is cut."""
    return {
        "instance_id": diagnosis.node.instance_id,
        "cluster": diagnosis.node.cluster,
        "coverage": diagnosis.coverage.status.value,
        "severity": diagnosis.severity,
        "rules": {finding.rule: finding.evidence.text for finding in diagnosis.findings},
    }


def counts(report: Report) -> dict[str, Any]:
    """Return the counts for the caller of the function."""
    severities = Counter(finding.severity for diagnosis in report.diagnoses for finding in diagnosis.findings)
    return {
        "scan_id": report.scan_id,
        "nodes": len(report.diagnoses),
        "answered": sum(d.coverage.status is CaptureStatus.ANSWERED for d in report.diagnoses),
        "findings": {severity.value: severities[severity] for severity in Severity},
        "duration_seconds": round(report.duration_seconds, 3),
    }
