"""What goes wrong on the way to AWS, as data: slowness, throttling, missing permissions, outages and silence."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from simulator.service_error import ServiceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A token bucket as EC2 documents its throttling: a burst, and what is refilled each second."""

    tokens: int
    refill_per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The faults of one simulated AWS."""

    latency_seconds: float = 0.0
    """Added to every call."""
    buckets: Mapping[str, Bucket] = field(default_factory=dict)
    """IAM action -> the bucket that its calls draw from; a call that finds it empty is throttled."""
    throttled_share: float = 0.0
    """Share of calls that are refused, from 0 to 1, spread evenly: 0.25 refuses every fourth call."""
    throttled_seed: int | None = None
    """With a seed the share is spread by chance, and some calls are refused many times in a row. The same calls of each
    action meet it in every run."""
    denied: frozenset[str] = frozenset()
    """IAM actions that the caller lacks, such as ``ssm:SendCommand``; here and below ``ssm:*`` are all of a service."""
    throttled: frozenset[str] = frozenset()
    """IAM actions of which no call gets through."""
    failing: frozenset[str] = frozenset()
    """IAM actions whose service answers that it has failed."""
    silent: frozenset[str] = frozenset()
    """IAM actions that nobody answers: the caller waits ``silence_seconds`` and has lost its connection."""
    silence_seconds: float = 15.0


class Gate:
    """Decides for each call whether it may pass."""

    def __init__(self, faults: Faults, clock: Callable[[], float] = time.monotonic) -> None:
        self.faults = faults
        self._clock = clock
        self._lock = threading.Lock()
        self._calls = 0
        self._calls_of: Counter[str] = Counter()
        self._levels: dict[str, tuple[float, float]] = {}
        """Action -> tokens, and when they were counted."""

    def check(self, service: str, action: str) -> None:
        """Raise the Refusal that this call meets, if it meets one."""
        name = f"{service}:{action}"
        if is_named(name, self.faults.denied):
            raise _denied(service, action)
        if is_named(name, self.faults.failing):
            raise ServiceError(
                _FAILED_CODES.get(service, "InternalServerError"), "An internal error occurred.", _FAILED
            )
        if is_named(name, self.faults.throttled) or self._is_throttled(name) or self._is_empty(name):
            raise _throttled(service)

    def is_silent(self, service: str, action: str) -> bool:
        """Whether nobody answers this call."""
        return is_named(f"{service}:{action}", self.faults.silent)

    def _is_empty(self, action: str) -> bool:
        bucket = self.faults.buckets.get(action)
        if bucket is None:
            return False
        with self._lock:
            now = self._clock()
            tokens, then = self._levels.get(action, (float(bucket.tokens), now))
            tokens = min(float(bucket.tokens), tokens + (now - then) * bucket.refill_per_second)
            self._levels[action] = (max(tokens - 1.0, 0.0) if tokens >= 1.0 else tokens, now)
            return tokens < 1.0

    def _is_throttled(self, action: str) -> bool:
        share = self.faults.throttled_share
        with self._lock:
            self._calls += 1
            self._calls_of[action] += 1
            if self.faults.throttled_seed is None:
                return int(self._calls * share) > int((self._calls - 1) * share)
            key = f"{self.faults.throttled_seed} {action} {self._calls_of[action]}"
            return random.Random(key).random() < share  # noqa: S311  # a draw of bad luck, no secret


def is_named(action: str, names: frozenset[str]) -> bool:
    """Whether an action is among these, by its own name or with all of its service."""
    return action in names or f"{action.partition(':')[0]}:*" in names


_DENIED_CODES = {
    "ec2": "UnauthorizedOperation",
    "sns": "AuthorizationError",
    "sts": "AccessDenied",
    "sqs": "AccessDenied",
}
"""Elsewhere it is AccessDeniedException."""
_FAILED_CODES = {"ec2": "InternalError", "ssm": "InternalServerError", "cloudwatch": "InternalServiceFault"}
"""How services say that it is their fault."""
_FORBIDDEN = 403
_BAD_REQUEST = 400
_FAILED = 500
_UNAVAILABLE = 503


def _denied(service: str, action: str) -> ServiceError:
    message = (
        f"User: arn:aws:sts::123456789012:assumed-role/fleetscan/scan is not authorized to perform: {service}:{action}"
        f" because no identity-based policy allows the {service}:{action} action"
    )
    if service == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
    status = _BAD_REQUEST if service == "ssm" else _FORBIDDEN
    return ServiceError(_DENIED_CODES.get(service, "AccessDeniedException"), message, status)


def _throttled(service: str) -> ServiceError:
    if service == "ec2":
        return ServiceError("RequestLimitExceeded", "Request limit exceeded.", _UNAVAILABLE)
    return ServiceError("ThrottlingException", "Rate exceeded")
