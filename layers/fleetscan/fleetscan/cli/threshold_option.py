"""``--threshold RULE.NAME=VALUE``, beside ``FLEETSCAN_THRESHOLDS`` of the environment: the option takes precedence."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

from fleetscan.diagnosis import tuning
from fleetscan.model.threshold import MovedThreshold

OPTION = "--threshold"
VARIABLE = "FLEETSCAN_THRESHOLDS"


def add(command: argparse.ArgumentParser) -> None:
    """Give a command the option."""
    command.add_argument(
        OPTION,
        action="append",
        default=[],
        metavar="RULE.NAME=VALUE",
        help=f"use another threshold (`fleetscan thresholds list`); may be given again, and adds to {VARIABLE}",
    )


def chosen(arguments: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> tuple[MovedThreshold, ...]:
    """Return the thresholds that the environment and the options set; SettingError names an entry that is wrong."""
    options = [entry for text in arguments.threshold for entry in tuning.entries(text)]
    named = {entry.partition("=")[0] for entry in options}
    kept = [entry for entry in tuning.entries(environment.get(VARIABLE, "")) if entry.partition("=")[0] not in named]
    return tuning.together([*((VARIABLE, entry) for entry in kept), *((OPTION, entry) for entry in options)])
