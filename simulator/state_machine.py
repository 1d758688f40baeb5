"""Step Functions: a definition as it is deployed, run by moto's interpreter (LocalStack's) against an endpoint.

The interpreter calls Lambda over HTTP, at the port of this machine that ``MOTO_PORT`` names.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from moto.core.config import default_user_config

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_SUBSTITUTION = re.compile(r"\$\{(\w+)\}")
_POLL_SECONDS = 0.05
_SHORTEST_RETRY_SECONDS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How an execution ended."""

    name: str
    status: str
    output: Any = None
    error: str = ""
    cause: str = ""


def definition(path: Path, substitutions: Mapping[str, str]) -> dict[str, Any]:
    """Return a definition file with its ``${names}`` replaced; KeyError names one that is not given."""
    text = _SUBSTITUTION.sub(lambda found: json.dumps(substitutions[found[1]])[1:-1], path.read_text())
    document = json.loads(text)
    if not isinstance(document, dict):
        raise TypeError(f"{path.name} is no state machine")
    return document


def without_waits(document: Any) -> Any:  # noqa: ANN401  # a JSON document
    """Return a definition that waits a second at most before it tries again, and is the same in everything else."""
    if isinstance(document, list):
        return [without_waits(one) for one in document]
    if not isinstance(document, dict):
        return document
    short = {"IntervalSeconds": _SHORTEST_RETRY_SECONDS, "MaxDelaySeconds": 2 * _SHORTEST_RETRY_SECONDS}
    return {key: short.get(key) or without_waits(value) for key, value in document.items()}


@contextmanager
def interpreting() -> Iterator[None]:
    """Let moto run state machines while the block runs; by default it only stores them."""
    kept = default_user_config["stepfunctions"]
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    try:
        yield
    finally:
        default_user_config["stepfunctions"] = kept


def execute(
    document: Mapping[str, Any], given: Mapping[str, Any], *, name: str, endpoint_url: str, region: str
) -> Execution:
    """Create a state machine, start it with an input, and return how it ended."""
    client: SFNClient = boto3.client("stepfunctions", region_name=region, endpoint_url=endpoint_url)
    machine = client.create_state_machine(
        name=f"machine-{name}", definition=json.dumps(document), roleArn="arn:aws:iam::123456789012:role/machine"
    )["stateMachineArn"]
    started = client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))["executionArn"]
    while (found := client.describe_execution(executionArn=started))["status"] == "RUNNING":
        time.sleep(_POLL_SECONDS)
    return Execution(
        name=name,
        status=found["status"],
        output=json.loads(found["output"]) if found.get("output") else None,
        error=found.get("error", ""),
        cause=found.get("cause", ""),
    )
