"""SSM documents: what a Command document makes an agent run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.project_file import project_file
from simulator.service_error import ServiceError

SHELL_DOCUMENT = "AWS-RunShellScript"
DEFAULT_TIMEOUT_SECONDS = 3_600
"""Execution timeout of a script where the document gives none, or one out of 5 to 172,800 s."""
SHORTEST_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS = 5, 172_800


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the agent runs, for how long at most, and on which platform."""

    text: str
    timeout_seconds: int
    platform_type: str = ""
    """``Linux`` or ``Windows`` where the document has such a precondition."""


def collector() -> str:
    """Return the content of the project's own document."""
    return project_file("documents/collector.json").read_text()


def script_of(content: str, parameters: Mapping[str, Sequence[str]]) -> Script:
    """Return the script of a document without parameters; a parameter it does not declare is an error, as in SSM."""
    document: dict[str, Any] = json.loads(content)
    declared = document.get("parameters", {})
    if unknown := sorted(set(parameters) - set(declared)):
        raise ServiceError("InvalidParameters", f"Parameter(s) not defined in document: {', '.join(unknown)}")
    step = document["mainSteps"][0]
    inputs = step["inputs"]
    platform = step.get("precondition", {}).get("StringEquals", ["", ""])[1]
    return Script(
        text="\n".join(inputs["runCommand"]) + "\n",
        timeout_seconds=_timeout(inputs.get("timeoutSeconds")),
        platform_type=platform,
    )


def shell_script(parameters: Mapping[str, Sequence[str]]) -> Script:
    """Return the script that AWS-RunShellScript was sent."""
    if not parameters.get("commands"):
        raise ServiceError("InvalidParameters", "Parameter commands is required")
    if unknown := sorted(set(parameters) - {"commands", "executionTimeout", "workingDirectory"}):
        raise ServiceError("InvalidParameters", f"Parameter(s) not defined in document: {', '.join(unknown)}")
    timeout = parameters.get("executionTimeout", [""])[0]
    return Script(
        text="\n".join(parameters["commands"]) + "\n", timeout_seconds=_timeout(timeout), platform_type="Linux"
    )


def _timeout(value: object) -> int:
    text = str(value)
    seconds = int(text) if text.isascii() and text.isdigit() else DEFAULT_TIMEOUT_SECONDS
    return seconds if SHORTEST_TIMEOUT_SECONDS <= seconds <= LONGEST_TIMEOUT_SECONDS else DEFAULT_TIMEOUT_SECONDS
