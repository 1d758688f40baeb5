"""``fleetscan thresholds``: what may be changed, from which default, and whether a list of entries fits."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterable

from fleetscan.cli import terminal
from fleetscan.cli.exit_code import ExitCode
from fleetscan.diagnosis import tuning
from fleetscan.diagnosis.threshold_words import order_words, words
from fleetscan.diagnosis.thresholds import Threshold

_WIDTH = 100


def run(arguments: argparse.Namespace) -> ExitCode:
    """List the thresholds, or check entries; SettingError, which ends with 2, says what does not fit."""
    if arguments.action == "check":
        return _check(arguments.entries)
    known = tuning.catalogue()
    if arguments.rule and arguments.rule not in known:
        terminal.say(f"there is no rule {arguments.rule}; `fleetscan thresholds list` names those with thresholds")
        return ExitCode.USAGE
    listed = [one for rule, row in known.items() if arguments.rule in {"", rule} for one in row.values()]
    if arguments.json:
        terminal.put(json.dumps([_plain(one) for one in listed], indent=2) + "\n")
    elif listed:
        terminal.put("\n".join(_lines(listed)) + "\n")
    else:
        terminal.put(f"{arguments.rule} has no threshold\n")
    return ExitCode.SCANNED


def _check(texts: Iterable[str]) -> ExitCode:
    changes = tuning.read(" ".join(texts), source="the list")
    for one in changes:
        terminal.put(f"{one.rule}.{one.name} = {one.value} (default {one.default})\n")
    if not changes:
        terminal.put("nothing is changed: every threshold has its default\n")
    return ExitCode.SCANNED


def _lines(listed: Iterable[Threshold]) -> Iterable[str]:
    for one in listed:
        order = f", {order_words(one)}" if one.order else ""
        yield f"{one.rule}.{one.name}={one.default}  ({one.bounds.least} to {one.bounds.most}{order})"
        yield from textwrap.wrap(words(one), _WIDTH, initial_indent="    ", subsequent_indent="    ")


def _plain(one: Threshold) -> dict[str, object]:
    return {
        "rule": one.rule,
        "name": one.name,
        "default": one.default,
        "unit": one.unit,
        "least": one.bounds.least,
        "most": one.bounds.most,
        "order": order_words(one),
        "why": words(one),
    }
