"""``fleetscan node``: this machine, or a recorded tree, diagnosed without AWS."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime

from fleetscan.capture import local
from fleetscan.cli import threshold_option
from fleetscan.cli.exit_code import ExitCode
from fleetscan.cli.outcome import finish
from fleetscan.diagnosis.tuning import moved_words
from fleetscan.fleet.conclude import concluded
from fleetscan.model import Report
from fleetscan.scan import pipeline


def run(arguments: argparse.Namespace) -> ExitCode:
    """Collect once, evaluate, show. A collection that failed is shown as what it is, and ends with 3."""
    moved = threshold_option.chosen(arguments)
    started_at = datetime.now(UTC)
    begun = time.monotonic()
    capture = local.collect(arguments.root, window_seconds=arguments.window)
    diagnosis = pipeline.examiner(moved)(capture, None, None, None)
    report = Report(
        scan_id=started_at.strftime("%Y%m%dT%H%M%S.%fZ"),
        started_at=started_at,
        duration_seconds=time.monotonic() - begun,
        diagnoses=(diagnosis,),
        notes=moved_words(moved),
        thresholds=moved,
    )
    return finish(concluded(report), arguments)
