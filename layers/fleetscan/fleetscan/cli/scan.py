"""``fleetscan scan``: the workers of a real account, from a terminal, with or without the stack."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from fleetscan.capture import local
from fleetscan.cli import mute_file, terminal, threshold_option
from fleetscan.cli.exit_code import ExitCode
from fleetscan.cli.outcome import finish
from fleetscan.cli.progress import Progress
from fleetscan.errors import SettingError
from fleetscan.incidents.tracker import moment
from fleetscan.model.episode import Mutes
from fleetscan.model.recording import Recording
from fleetscan.recorded import write
from fleetscan.redaction.recording import redacted
from fleetscan.render.words.change_words import muted as words
from fleetscan.scan import pipeline
from fleetscan.scan.ports import ScanPorts
from fleetscan.settings import Settings

SHELL_DOCUMENT = "AWS-RunShellScript"
"""AWS's own document: runs whatever it is given, so it works where the stack's parameterless document is not."""


def run(arguments: argparse.Namespace, *, clock: Callable[[], float] = time.time) -> ExitCode:
    """Find the workers, collect, evaluate, show. Nothing is published: no metric, no message."""
    # boto3 takes a third of a second to import, which the commands without AWS do not need.
    from fleetscan.bootstrap.destinations import unpublished  # noqa: PLC0415
    from fleetscan.bootstrap.recording import RecordedScan  # noqa: PLC0415
    from fleetscan.bootstrap.sources import sources  # noqa: PLC0415
    from fleetscan.bootstrap.terminal import account  # noqa: PLC0415

    if arguments.save is not None:
        write.demand_empty(arguments.save)
    elif arguments.redact:
        raise SettingError("--redact needs --save DIR: it is the recording that it redacts")
    aws = account(arguments.region, arguments.profile, arguments.endpoint_url)
    moved = threshold_option.chosen(arguments)
    muted = mute_file.read(arguments.mutes, moment(clock())) if arguments.mutes else Mutes()
    wanted = Settings(
        clusters=tuple(arguments.cluster),
        document_name=arguments.document or SHELL_DOCUMENT,
        table_name=arguments.table or "",
        kubernetes_access=arguments.kubernetes,
        thresholds=moved,
        credit_refresh_seconds=0,
    )
    script = () if arguments.document else _script_lines()
    with Progress() as progress:
        make = partial(sources, aws, wanted, clock=clock, progress=progress, script=script, is_read_only=True)
        recorded = None if arguments.save is None else RecordedScan(lambda tape: make(listener=tape))
        ports = ScanPorts(
            sources=recorded.sources if recorded else make(),
            destinations=unpublished(aws, wanted, clock=clock, account=aws.account(), region=aws.region),
        )
        report = pipeline.scan(ports, wanted, deadline=clock() + arguments.timeout)
    notes = (*report.notes, *muted.problems, *(f"Muted: {words(one)}" for one in muted.active))
    notes += tuple(f"Mute expired: {words(one)}" for one in muted.expired)
    code = finish(replace(report, notes=notes), arguments, mutes=muted.active)
    if recorded is not None:
        # Last of all: a full disk must not cost the report.
        seen = recorded.recording(account=report.account, region=report.region, scanned_at=report.started_at)
        _save(seen, arguments.save, is_redacted=arguments.redact)
    return code


def _save(recording: Recording, folder: Path, *, is_redacted: bool) -> None:
    write.save(redacted([recording])[0] if is_redacted else recording, folder)
    terminal.say(f"recorded the scan into {folder}")


def _script_lines() -> tuple[str, ...]:
    return tuple(local.script_path().read_text(encoding="utf-8").splitlines())
