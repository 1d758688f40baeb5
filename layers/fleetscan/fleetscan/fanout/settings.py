"""What an operator may decide about a scan of many targets, read once from the environment (``FANOUT_*``).

The settings of a scan (``FLEETSCAN_*``) are as they are: each target is scanned with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from fleetscan.errors import ParseError, SettingError
from fleetscan.immutable import immutable
from fleetscan.numbers import shown, whole

PREFIX = "FANOUT_"

_BUCKET = re.compile(r"[0-9a-z][0-9a-z.-]{1,61}[0-9a-z]")
_ROLE = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
"""A role's name of the IAM API."""
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{16,1224}", re.ASCII)
"""ExternalId of the STS API, which would take two characters; sixteen cannot be guessed."""


@immutable
class FanoutSettings:
    """How a scan of many targets goes about it."""

    bucket: str
    """Where the steps hand things to each other, and where the list of targets is."""
    external_id: str
    """What the spokes ask for before they let the hub in."""
    role_name: str = "fleetscan-spoke"
    """The role of every spoke."""
    shard_nodes: int = 5_000
    """Most nodes that one invocation looks at; the measured limit is above 10,000 in two minutes at 512 MB."""
    concurrency: int = 40
    """Most targets that are scanned at once: SSM and EC2 throttle by account and Region, Lambda by account."""
    tolerated_percent: int = 0
    """Share of the targets that may stay unseen before an execution counts as failed; it has told all it knows then."""


def read(environment: Mapping[str, str]) -> FanoutSettings:
    """Read the settings; SettingError names the variable that is missing, unknown or does not fit, and what fits."""
    given = {name: value.strip() for name, value in environment.items() if name.startswith(PREFIX)}
    for name in given:
        if name not in _READERS:
            raise SettingError(f"{shown(name)} is no setting; the settings are {', '.join(_READERS)}")
    for name in (f"{PREFIX}BUCKET", f"{PREFIX}EXTERNAL_ID"):
        if not given.get(name):
            raise SettingError(f"{name} is not set; a scan of many accounts needs it")
    values = {name.removeprefix(PREFIX).lower(): _READERS[name](name, value) for name, value in given.items() if value}
    return FanoutSettings(**values)


def _matching(pattern: re.Pattern[str], allowed: str, *, secret: bool = False) -> Callable[[str, str], str]:
    def reader(name: str, value: str) -> str:
        if not pattern.fullmatch(value):
            raise SettingError(f"{name} is {'not as it should be' if secret else shown(value)}; allowed: {allowed}")
        return value

    return reader


def _between(lowest: int, highest: int) -> Callable[[str, str], int]:
    def reader(name: str, value: str) -> int:
        try:
            number = whole(value, source=name, line=0, name=name)
        except ParseError:
            number = -1
        if not lowest <= number <= highest:
            raise SettingError(f"{name} is {shown(value)}; allowed: a whole number from {lowest} to {highest}")
        return number

    return reader


_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "FANOUT_BUCKET": _matching(_BUCKET, "the name of an S3 bucket"),
    "FANOUT_EXTERNAL_ID": _matching(_EXTERNAL_ID, "16 characters or more of A-Z a-z 0-9 _+=,.@:/-", secret=True),
    "FANOUT_ROLE_NAME": _matching(_ROLE, "the name of an IAM role"),
    "FANOUT_SHARD_NODES": _between(1, 20_000),
    "FANOUT_CONCURRENCY": _between(1, 1_000),
    "FANOUT_TOLERATED_PERCENT": _between(0, 100),
}
"""One row for each field of FanoutSettings: the variable's name is the field's, in capitals."""
