"""The end of every command that scans: the report is kept, shown, and turned into an exit code."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from fleetscan.cli import exit_code, screen, terminal
from fleetscan.model import CaptureStatus, Report
from fleetscan.model.episode import Mute
from fleetscan.render.json import report as json
from fleetscan.render.text import report as text
from fleetscan.render.text.detail import Detail
from fleetscan.render.text.page import lines
from fleetscan.render.words.headline import headline
from fleetscan.storage import report_file


def finish(
    report: Report, arguments: argparse.Namespace, after: Report | None = None, *, mutes: Sequence[Mute] = ()
) -> exit_code.ExitCode:
    """Keep the report for ``fleetscan report``, show it as asked, and return how the command ends.

    ``after`` is a later scan of the same nodes; what changed by then is shown after the first, which stays the report.
    """
    keep(report)
    return show(report, arguments, after, mutes=mutes)


def keep(report: Report) -> None:
    """Store the report as the last one; a full or read-only home is reported and does not fail the scan."""
    file = report_file.path()
    try:
        report_file.write(report, file)
    except OSError as error:
        terminal.say(f"the report could not be kept at {file} ({error.strerror}); `fleetscan report` will not show it")


def show(
    report: Report, arguments: argparse.Namespace, after: Report | None = None, *, mutes: Sequence[Mute] = ()
) -> exit_code.ExitCode:
    """Write the report to standard output as text or JSON, and return how the command ends."""
    code = exit_code.of(report, arguments.fail_on, mutes)
    if code is exit_code.ExitCode.NOTHING_SCANNED:
        terminal.say(_why_nothing(report))
    if arguments.json:
        terminal.put(json.render(report, after))
    elif report.diagnoses or report.notes or report.empty_clusters or report.fleet_findings:
        _show_text(report, after, verbose=arguments.verbose)
    return code


def _show_text(report: Report, after: Report | None, *, verbose: bool) -> None:
    """Write the report as text: brief and in colour on a terminal, whole and plain everywhere else."""
    page = screen.page()
    if page is None:
        terminal.put(text.render(report, verbose=verbose))
        if after is not None:
            terminal.put(f"\n{text.later(after)}")
        return
    # Rich takes 40 ms to import; a pipe does not wait for it.
    from fleetscan.cli.paint import painted  # noqa: PLC0415

    detail = Detail.VERBOSE if verbose else Detail.BRIEF
    blocks = text.blocks(report, detail)
    if after is not None:
        blocks += ["", *text.later_blocks(after, detail)]
    terminal.put(painted(lines(blocks, page)))


def _why_nothing(report: Report) -> str:
    reasons = {diagnosis.coverage.reason for diagnosis in report.diagnoses} - {""}
    if len(reasons) == 1 and all(
        diagnosis.coverage.status is not CaptureStatus.ANSWERED for diagnosis in report.diagnoses
    ):
        return f"nothing could be scanned: {reasons.pop()}"
    return f"nothing could be scanned. {headline(report)}"
