"""``fleetscan report``: the last report again, as text, JSON or HTML."""

from __future__ import annotations

import argparse
from pathlib import Path

from fleetscan import report_file
from fleetscan.cli import exit_code, terminal
from fleetscan.cli.outcome import show
from fleetscan.model import Report
from fleetscan.render import html


def run(arguments: argparse.Namespace) -> exit_code.ExitCode:
    """Show the last report; ReportFileError when there is none."""
    report = report_file.read(report_file.path())
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
