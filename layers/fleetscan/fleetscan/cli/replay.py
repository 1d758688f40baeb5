"""``fleetscan replay``: recorded scans evaluated again, offline."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fleetscan.bootstrap import recording as bootstrap
from fleetscan.cli import exit_code, threshold_option
from fleetscan.cli.outcome import finish, keep
from fleetscan.cli.progress import Progress
from fleetscan.cli.report import write_html
from fleetscan.model import Report
from fleetscan.model.recording import Recording
from fleetscan.recorded import folder, write
from fleetscan.redaction import recording as redaction
from fleetscan.scan import pipeline
from fleetscan.settings import Settings

SECONDS = 180
"""Between a scan's start and its deadline. A recording has all its answers, so it is enough that there is time."""


def run(arguments: argparse.Namespace) -> exit_code.ExitCode:
    """Evaluate the recordings in the order of their scans and show the last report; RecordingError names a file.

    Of several folders each is evaluated with the history of those before it.
    """
    if arguments.save is not None:
        write.demand_empty(arguments.save)
    settings = Settings(thresholds=threshold_option.chosen(arguments), credit_refresh_seconds=0)
    recordings = sorted(map(folder.load, arguments.folders), key=lambda one: one.scanned_at)
    if arguments.redact:
        recordings = redaction.redacted(recordings)
    if arguments.save is not None:
        _save(recordings, arguments.save)
    report = _evaluated(recordings, settings)
    if arguments.html is None:
        return finish(report, arguments)
    keep(report)
    write_html(report, arguments.html)
    return exit_code.of(report, arguments.fail_on)


def _evaluated(recordings: Sequence[Recording], settings: Settings) -> Report:
    """Return the report of the last recording. One alone has no history, as a scan without a table has none."""
    kept = bootstrap.memory() if len(recordings) > 1 else None
    reports: list[Report] = []
    with Progress() as progress:
        for one in recordings:
            deadline = one.scanned_at.timestamp() + SECONDS
            reports.append(pipeline.scan(bootstrap.ports(one, kept, progress), settings, deadline=deadline))
    return replace(reports[-1], notes=(*reports[-1].notes, *recordings[-1].notes))


def _save(recordings: Sequence[Recording], place: Path) -> None:
    """Write one recording into the folder, several into folders of it that are numbered in their order."""
    if len(recordings) == 1:
        write.save(recordings[0], place)
        return
    for number, one in enumerate(recordings, start=1):
        write.save(one, place / str(number))
