"""``fleetscan mute``: what nobody wants messages about, for how long, and why; kept in the stack's table."""

from __future__ import annotations

import argparse
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from fleetscan.cli import terminal
from fleetscan.cli.exit_code import ExitCode
from fleetscan.diagnosis.rules import RULES
from fleetscan.errors import MuteError
from fleetscan.incidents import mute
from fleetscan.incidents.tracker import moment
from fleetscan.render.words.change_words import muted

if TYPE_CHECKING:
    from fleetscan.aws.dynamodb.mute_edits import MuteEdits
    from fleetscan.aws.dynamodb.mutes import DynamoMutes

_RULES = tuple(rule.id for rule in RULES)


def run(arguments: argparse.Namespace, *, clock: Callable[[], float] = time.time) -> ExitCode:
    """Add a mute, list them, or remove one."""
    # boto3 takes a third of a second to import; the commands without AWS do not wait for it.
    from fleetscan.aws.clients import Clients  # noqa: PLC0415
    from fleetscan.aws.dynamodb.mute_edits import MuteEdits  # noqa: PLC0415
    from fleetscan.aws.dynamodb.mutes import DynamoMutes  # noqa: PLC0415

    clients = Clients(region=arguments.region, profile=arguments.profile, endpoint_url=arguments.endpoint_url)
    if not clients.region:
        terminal.say("no Region is configured; name one with --region")
        return ExitCode.USAGE
    match arguments.action:
        case "add":
            return _add(MuteEdits(clients.dynamodb, arguments.table), arguments, clock())
        case "remove":
            return _remove(MuteEdits(clients.dynamodb, arguments.table), arguments.id)
        case _:
            return _list(DynamoMutes(clients.dynamodb, arguments.table), clock())


def _add(edits: MuteEdits, arguments: argparse.Namespace, now: float) -> ExitCode:
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


def _remove(edits: MuteEdits, mute_id: str) -> ExitCode:
    if not edits.remove(mute_id):
        terminal.say(f"there is no mute {mute_id}; `fleetscan mute list` shows those there are")
        return ExitCode.USAGE
    terminal.put(f"removed {mute_id}\n")
    return ExitCode.SCANNED


def _list(book: DynamoMutes, now: float) -> ExitCode:
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
