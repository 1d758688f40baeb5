"""A process that is one warm Lambda: it scans whenever it is asked to, in time that passes by sleeping."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from tests.failure_modes.fast_time import Seconds

PRELOADED = ("tests.failure_modes.fast_time", "functions.scan.app", "tests.failure_modes.warm")
"""Imported once, in this order, for all such processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What Lambda hands to a function."""

    event: Mapping[str, Any]
    request_id: str
    seconds: float = 300.0
    """The function's timeout: the template's default."""
    skew_seconds: float = 0.0
    """By how much the clock of its machine is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    result: Mapping[str, Any] | None = None
    error: str = ""
    """Type and words of what was raised; empty when nothing was."""


@dataclass(slots=True, kw_only=True)
class Context:
    """What Lambda passes to a function about its invocation."""

    aws_request_id: str
    seconds: float
    function_name: str = "fleetscan-ScanFunction"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:ap-south-1:123456789012:function:fleetscan-ScanFunction"

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left when the function begins, which is when it asks."""
        return int(self.seconds * 1_000)


def serve(calls: Connection, ahead: Seconds, environment: Mapping[str, str], log: str) -> None:
    """Say that it is there, and answer invocations until there are no more."""
    from functions.scan import app  # noqa: PLC0415 - not in the process that only starts this one
    from tests.failure_modes.fast_time import HERE  # noqa: PLC0415 - same: it stops that process's clock

    HERE.ahead = ahead
    os.environ.clear()
    os.environ.update(environment)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, sys.stdout.fileno())
    os.dup2(file, sys.stderr.fileno())
    calls.send(None)
    while (wanted := calls.recv()) is not None:
        HERE.skew_seconds, HERE.end = wanted.skew_seconds, HERE.true() + wanted.seconds
        context = Context(aws_request_id=wanted.request_id, seconds=wanted.seconds)
        try:
            answer = Answer(result=app.handler(dict(wanted.event), cast("LambdaContext", context)))
        except Exception as error:  # noqa: BLE001 - Lambda, too, reports whatever it is
            answer = Answer(error=f"{type(error).__name__}: {error}")
        HERE.end = float("inf")
        calls.send(answer)
