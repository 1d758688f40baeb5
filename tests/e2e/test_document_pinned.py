"""The document is pinned: an account in which it is another one runs nothing on any node."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from fleetscan.model import CaptureStatus
from functions.scan import app
from simulator import demo, document
from simulator.cluster import SimulatedAws
from simulator.fleet import Fleet, load


def one() -> Fleet:
    """Return the incident's fleet cut down to one node."""
    fleet = load("incident")
    return replace(fleet, nodes=fleet.nodes[3:4])


def scan(folder: Path, **pins: str) -> tuple[list[CaptureStatus], int]:
    """Scan with a document that is pinned so; return what became of the nodes and how many commands were taken."""
    fleet = one()
    with SimulatedAws(fleet, folder) as aws, demo.environment(aws.environment | pins):
        report = app.run(time.time() + 240, account=fleet.account)
        return [each.coverage.status for each in report.diagnoses], aws.calls.counts["ssm:SendCommand"]


def test_the_document_that_was_named_by_its_hash_is_run(tmp_path: Path) -> None:
    """By version and hash."""
    right = hashlib.sha256(document.collector().encode()).hexdigest()

    assert scan(tmp_path, FLEETSCAN_DOCUMENT_HASH=right) == ([CaptureStatus.ANSWERED], 1)


@pytest.mark.parametrize(
    ("pins", "words"),
    [
        ({"FLEETSCAN_DOCUMENT_HASH": "0a" * 32}, "does not match Sha256"),
        ({"FLEETSCAN_DOCUMENT_VERSION": "2"}, "Document version 2 does not exist"),
    ],
)
def test_another_document_stops_the_scan_with_the_reason(tmp_path: Path, pins: dict[str, str], words: str) -> None:
    """Nothing is run, and the error says why; the alarms on failed and missing scans ring."""
    with pytest.raises(ClientError, match=words):
        scan(tmp_path, **pins)
