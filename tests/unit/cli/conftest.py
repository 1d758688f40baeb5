"""A small report, and a home directory that is nobody's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fleetscan.model import (
    CaptureStatus,
    Coverage,
    Diagnosis,
    Evidence,
    Finding,
    Node,
    Readings,
    Report,
    Severity,
    Step,
    StepResult,
    Suspect,
)


@pytest.fixture
def report() -> Report:
    """One node with a warning, every kind of value in it."""
    evidence = Evidence(
        severity=Severity.WARNING,
        text="swap is 85% full",
        measured=0.85,
        limit=0.8,
        suspects=(Suspect(kind="pod", name="shop/cart-1", reason="holds 300 MiB of it", image="cart:3", share=0.3),),
    )
    diagnosis = Diagnosis(
        node=Node(instance_id="i-0123456789abcdef0", cluster="live", launched_at=datetime(2026, 1, 2, tzinfo=UTC)),
        coverage=Coverage(status=CaptureStatus.ANSWERED, problems=("pods were dropped",)),
        findings=(Finding(rule="swap_nearly_full", title="Swap is nearly full", remedy="Add RAM.", evidence=evidence),),
        steps=(Step(hypothesis="oom_kill", question="Was it?", verdict=StepResult.RULED_OUT, evidence="no"),),
        skipped={"load_high": "Loadavg was not collected"},
        failed={"task_hung": "ZeroDivisionError: division by zero"},
        readings=Readings(memory_total_bytes=1 << 32, load1=0.5, cpus=2),
    )
    return Report(
        scan_id="20261124T031500Z",
        started_at=datetime(2026, 11, 24, 3, 15, tzinfo=UTC),
        duration_seconds=5.25,
        diagnoses=(diagnosis,),
        account="123456789012",
        region="eu-west-1",
        empty_clusters=("batch",),
        notes=("credits were not read",),
    )


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command line keeps its last report during a test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "fleetscan" / "last-report.json.gz"
