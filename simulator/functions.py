"""Lambda's Invoke: the handlers of this repository, run in this process with a context as Lambda gives it."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.answer import Answer
from simulator.call import Call
from simulator.service_error import ServiceError

type Handler = Callable[[dict[str, Any], Any], Any]

SECONDS = 120
"""The time that a function has."""
_NOT_FOUND = 404

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What Lambda passes to a function about its invocation."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int = 512
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left; no invocation here comes near it."""
        return SECONDS * 1_000


class Functions:
    """The functions of one account and Region, by name."""

    def __init__(self, handlers: Mapping[str, Handler], *, account: str, region: str) -> None:
        self._handlers = handlers
        self._account = account
        self._region = region
        self.invocations: list[tuple[str, dict[str, Any]]] = []
        """Name and event of each, in the order in which they began."""

    def arn(self, name: str) -> str:
        """Return the ARN of a function."""
        return f"arn:aws:lambda:{self._region}:{self._account}:function:{name}"

    def invoke(self, call: Call) -> Answer:
        """Answer one Invoke, as the service does: what a handler raises is an answer with a header."""
        name = call.path.split("/")[3].rpartition(":")[2]
        if name not in self._handlers:
            raise ServiceError("ResourceNotFoundException", f"Function not found: {self.arn(name)}", _NOT_FOUND)
        event = json.loads(call.body or b"{}")
        self.invocations.append((name, event))
        headers = {"Content-Type": "application/json", "X-Amz-Executed-Version": "$LATEST"}
        try:
            result = self._handlers[name](event, Context(function_name=name, invoked_function_arn=self.arn(name)))
        except Exception as error:  # whatever it is, Lambda makes an answer of it
            logger.info("The function %s failed", name, exc_info=True)
            result = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": []}
            headers["X-Amz-Function-Error"] = "Unhandled"
        return Answer(status=200, headers=headers, body=json.dumps(result).encode())
