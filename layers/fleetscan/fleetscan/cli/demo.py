"""``fleetscan demo``: the incident found in a simulated fleet, by the real function and the real script."""

from __future__ import annotations

import argparse
from pathlib import Path

from fleetscan.cli import terminal
from fleetscan.cli.exit_code import ExitCode
from fleetscan.cli.outcome import finish
from fleetscan.cli.progress import Progress
from fleetscan.cli.report import write_html
from fleetscan.errors import FleetscanError

PAGE = Path("report.html")
"""Written into the current directory: a demonstration is looked at."""


def run(arguments: argparse.Namespace) -> ExitCode:
    """Scan the simulated fleet, with ``--fix`` twice more without its root cause; show the report and write the page.

    The report is that of the fleet as it was found; what was resolved after the fix follows, before beside after.
    """
    try:
        # The simulator brings an HTTP server and a second AWS; no other command waits for it.
        from simulator import demo  # noqa: PLC0415
    except ImportError as error:
        raise FleetscanError(
            f"The demo needs what `fleetscan[demo]` installs; in a working copy `make demo` sees to it: {error}."
        ) from error
    if arguments.keep is not None:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    with Progress() as progress:
        reports = demo.run(fix=arguments.fix, progress=progress, folder=arguments.keep)
    after = reports[-1] if arguments.fix else None
    code = finish(reports[0], arguments, after)
    write_html(reports[0], PAGE, after)
    if arguments.keep is not None:
        terminal.say(f"kept the simulated nodes in {arguments.keep}")
    return code
