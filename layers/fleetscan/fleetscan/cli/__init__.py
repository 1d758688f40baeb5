"""The command line: ``fleetscan demo | node | scan | replay | report | thresholds | mute``.

Each command is a module with ``run(arguments)``; what it needs is imported when it is chosen, so that ``node`` starts
without AWS. An error that an operator can act on is one line on standard error, never a traceback.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

from fleetscan.cli import terminal
from fleetscan.cli.arguments import parser
from fleetscan.cli.errors import explained
from fleetscan.cli.exit_code import ExitCode
from fleetscan.errors import SettingError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name and return its exit code."""
    chosen = parser().parse_args(arguments)
    try:
        return int(import_module(f"fleetscan.cli.{chosen.command}").run(chosen))
    except KeyboardInterrupt:
        terminal.say("interrupted")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough (`| head`). Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.SCANNED
    except Exception as error:  # noqa: BLE001 - the outermost place: one line for the operator, --debug for us
        words = explained(error)
        if words is None and not chosen.debug:
            words = f"{type(error).__name__}: {error} (a fault of this program; --debug shows where)"
        if chosen.debug:
            traceback.print_exc()
        if words is not None:
            terminal.say(words)
        return ExitCode.USAGE if isinstance(error, SettingError) else ExitCode.NOTHING_SCANNED
