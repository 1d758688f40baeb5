"""The steps of a fan-out end by the clock: none asks AWS anything when the time of its function is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from fleetscan.aws.retry import TOO_LATE, CallSkippedError
from functions.fanout import conclude, plan, scan

ARN = "arn:aws:lambda:eu-central-1:210987654321:function:fleetscan-fanout"
EVENTS: dict[str, dict[str, Any]] = {
    "plan": {"run": "late", "input": {"scheduled_at": "2026-01-15T06:05:00Z"}},
    "scan": {
        "run": "late",
        "target": {"account": "222222222222", "region": "eu-west-1", "shard": 0, "shards": 1, "credit_nodes": 0},
    },
    "conclude": {"run": "late", "started_at": "2026-01-15T06:05:00Z", "results": []},
}
HANDLERS: dict[str, Callable[[dict[str, Any], LambdaContext], Any]] = {
    "plan": plan.handler,
    "scan": scan.handler,
    "conclude": conclude.handler,
}


@dataclass
class Context:
    """What Lambda passes to a function about its invocation; nothing is left of its time."""

    function_name: str = "fleetscan-fanout"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = ARN
    aws_request_id: str = "3f2b6c1e-8f5d-4c0b-9a36-5d0c4b1f7a21"

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left."""
        return 0


@pytest.mark.parametrize("step", sorted(HANDLERS))
def test_a_step_that_has_no_time_left_asks_nobody(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails with the reason, in words, instead of being ended in the middle of a call that is tried again."""
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "FLEETSCAN_DOCUMENT_NAME": "fleetscan-collect",
        "FLEETSCAN_TABLE_NAME": "fleetscan-memory",
        "FANOUT_BUCKET": "fleetscan-runs",
        "FANOUT_EXTERNAL_ID": "a-word-that-nobody-guesses",
    }.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(CallSkippedError, match=TOO_LATE):
        HANDLERS[step](EVENTS[step], cast("LambdaContext", Context()))
