"""``fleetscan mute``: what sends no messages, until when, and why; kept in the stack's table."""

from __future__ import annotations

import argparse
import secrets
import time
from collections.abc import Callable

from fleetscan.cli import terminal
from fleetscan.cli.exit_code import ExitCode
from fleetscan.diagnosis.rules import RULES
from fleetscan.errors import MuteError
from fleetscan.incidents import mute
from fleetscan.incidents.tracker import moment
from fleetscan.ports import MuteEditor, MuteList
from fleetscan.render.words.change_words import muted

_RULES = tuple(rule.id for rule in RULES)


def run(arguments: argparse.Namespace, *, clock: Callable[[], float] = time.time) -> ExitCode:
    """Add a mute, list them, or remove one."""
    # boto3 takes a third of a second to import, which the commands without AWS do not need.
    from fleetscan.bootstrap.terminal import account, mute_edits, mute_list  # noqa: PLC0415

    aws = account(arguments.region, arguments.profile, arguments.endpoint_url)
    match arguments.action:
        case "add":
            return _add(mute_edits(aws, arguments.table), arguments, clock())
        case "remove":
            return _remove(mute_edits(aws, arguments.table), arguments.id)
        case _:
            return _list(mute_list(aws, arguments.table), clock())


def _add(edits: MuteEditor, arguments: argparse.Namespace, now: float) -> ExitCode:
    """Check the entry as a scan would, before it gets into the table; a span becomes a time here."""
    at = moment(now)
    given: dict[str, object] = {
        "id": arguments.id or secrets.token_hex(3),
        "rule": arguments.rule,
        "cluster": arguments.cluster,
        "node_group": arguments.node_group,
        "why": arguments.reason,
    }
    try:
        end = mute.until(arguments.until, at, may_be_span=True)
        added = mute.entry({**given, "until": end}, at, _RULES)
    except MuteError as error:
        terminal.say(f"nothing was muted: {error}")
        return ExitCode.USAGE
    if added.until <= at:
        terminal.say(f"nothing was muted: {arguments.until} is in the past")
        return ExitCode.USAGE
    edits.add(added)
    terminal.put(f"muted {muted(added)}\n")
    return ExitCode.SCANNED


def _remove(edits: MuteEditor, mute_id: str) -> ExitCode:
    if not edits.remove(mute_id):
        terminal.say(f"there is no mute {mute_id}; `fleetscan mute list` shows those there are")
        return ExitCode.USAGE
    terminal.put(f"removed {mute_id}\n")
    return ExitCode.SCANNED


def _list(book: MuteList, now: float) -> ExitCode:
    found = mute.read(book.entries(), moment(now), _RULES)
    lines = [
        *(muted(one) for one in sorted(found.active, key=lambda one: one.until)),
        *(f"(expired) {muted(one)}" for one in found.expired),
        *(f"(malformed) {problem}" for problem in found.problems),
    ]
    terminal.put("".join(f"{line}\n" for line in lines))
    if not lines:
        terminal.say("nothing is muted")
    return ExitCode.SCANNED
