"""``fleetscan scan``: the workers of a real account, from a terminal, with or without the stack."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

from fleetscan.capture import local
from fleetscan.cli import mute_file, threshold_option
from fleetscan.cli.exit_code import ExitCode
from fleetscan.cli.outcome import finish
from fleetscan.cli.progress import Progress
from fleetscan.incidents.tracker import moment
from fleetscan.model.episode import Mutes
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
    from fleetscan.bootstrap.sources import sources  # noqa: PLC0415
    from fleetscan.bootstrap.terminal import account  # noqa: PLC0415

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
        ports = ScanPorts(
            sources=sources(aws, wanted, clock=clock, progress=progress, script=script, is_read_only=True),
            destinations=unpublished(aws, wanted, clock=clock, account=aws.account(), region=aws.region),
        )
        report = pipeline.scan(ports, wanted, deadline=clock() + arguments.timeout)
    notes = (*report.notes, *muted.problems, *(f"Muted: {words(one)}" for one in muted.active))
    notes += tuple(f"Mute expired: {words(one)}" for one in muted.expired)
    return finish(replace(report, notes=notes), arguments, mutes=muted.active)


def _script_lines() -> tuple[str, ...]:
    return tuple(local.script_path().read_text(encoding="utf-8").splitlines())
