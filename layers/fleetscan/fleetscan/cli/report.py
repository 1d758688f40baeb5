"""``fleetscan report``: a report again, as text, JSON or HTML: the last of this machine, or one of a stack's."""

from __future__ import annotations

import argparse
from pathlib import Path

from fleetscan.cli import exit_code, terminal
from fleetscan.cli.outcome import show
from fleetscan.cli.stored import stored
from fleetscan.model import Report
from fleetscan.render.html import page as html
from fleetscan.storage import report_file


def run(arguments: argparse.Namespace) -> exit_code.ExitCode:
    """Show a report; ReportFileError or StoredReportError when there is none."""
    if arguments.scan and not arguments.bucket:
        terminal.say("--scan needs --bucket: on this machine only the last report is kept")
        return exit_code.ExitCode.USAGE
    report = stored(arguments, arguments.scan) if arguments.bucket else report_file.read(report_file.path())
    if arguments.html is None:
        return show(report, arguments)
    write_html(report, arguments.html)
    return exit_code.of(report, arguments.fail_on)


def write_html(report: Report, file: Path, after: Report | None = None) -> None:
    """Write the report as an HTML file, or to standard output for ``-``, and say on standard error where it is."""
    page = html.render(report, after)
    if str(file) == "-":
        terminal.put(page)
        return
    file.write_text(page, encoding="utf-8")
    terminal.say(f"wrote {file}")
