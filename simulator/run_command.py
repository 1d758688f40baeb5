"""Systems Manager's Run Command: agents, commands and their invocations, with the limits and words of the service.

Commands run for real: each invocation runs the document's script on its node's tree, in a process of its own.
"""

from __future__ import annotations

import math
import re
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from simulator import agent
from simulator.agent import Outcome
from simulator.document import Script
from simulator.fleet import Fleet, FleetNode, System
from simulator.service_error import ServiceError

type Clock = Callable[[], float]

TERMINAL = frozenset({"Success", "Failed", "TimedOut", "Cancelled"})
COUNTED_ERRORS = frozenset({"Failed", "Execution Timed Out"})
"""Details that count against MaxErrors; undelivered ones do not."""
MOST_AT_ONCE = 64
"""Agents that run a script at the same moment on this machine."""
_SHARE = re.compile(r"([1-9][0-9]?|100)%")
_COUNT = re.compile(r"[0-9]{1,7}")


@dataclass(slots=True, kw_only=True)
class Invocation:
    """One command on one node."""

    command: Command
    node: FleetNode
    status: str = "Pending"
    details: str = "Pending"
    outcome: Outcome | None = None
    started_at: float | None = None
    ended_at: float | None = None

    def end(self, status: str, details: str, at: float) -> None:
        """Come to an end that does not change any more."""
        self.status, self.details, self.ended_at = status, details, at


@dataclass(slots=True, kw_only=True)
class Command:
    """One SendCommand."""

    command_id: str
    document: str
    comment: str
    script: Script
    requested_at: float
    delivery_seconds: int
    max_concurrency: str
    max_errors: str
    parameters: Mapping[str, list[str]]
    invocations: dict[str, Invocation] = field(default_factory=dict)
    waiting: deque[Invocation] = field(default_factory=deque)
    is_cancelled: bool = False

    @property
    def errors(self) -> int:
        """Invocations that count against MaxErrors."""
        return sum(invocation.details in COUNTED_ERRORS for invocation in self.invocations.values())

    @property
    def completed(self) -> int:
        """Invocations that have come to an end."""
        return sum(invocation.status in TERMINAL for invocation in self.invocations.values())


class RunCommand:
    """The commands of one account and Region.

    ``roots`` returns the environment that makes a script read a node's tree; ``terminate`` is called for a node whose
    fate is to be terminated when its command arrives. A node that hangs runs into its time limit after
    ``hang_seconds``, so that nobody waits for a document's own minute.
    """

    def __init__(
        self,
        fleet: Fleet,
        *,
        folder: Path,
        roots: Callable[[FleetNode], Mapping[str, str]],
        terminate: Callable[[str], None],
        clock: Clock,
        delivery_seconds: float = 0.0,
        hang_seconds: float = 60.0,
    ) -> None:
        self.fleet = fleet
        self._folder = folder
        self._roots = roots
        self._terminate = terminate
        self._clock = clock
        self._delivery_seconds = delivery_seconds
        self._hang_seconds = hang_seconds
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=MOST_AT_ONCE, thread_name_prefix="agent")
        self.commands: dict[str, Command] = {}

    def close(self) -> None:
        """Let running scripts end and start no more."""
        self._closing.set()
        self._pool.shutdown(cancel_futures=True)

    def registered(self) -> tuple[FleetNode, ...]:
        """Return the nodes whose agent Systems Manager knows."""
        return tuple(node for node in self.fleet.nodes if node.fate != "not_registered" and not node.auto_mode)

    def system_of(self, node: FleetNode) -> System:
        """Return what the node runs."""
        return self.fleet.system_of(node)

    def is_listening(self, node: FleetNode) -> bool:
        """Whether the node's agent can take a command."""
        return node in self.registered() and node.fate != "connection_lost"

    def send(self, command: Command, instance_ids: list[str]) -> None:
        """Take a command for nodes of the fleet; the call fails when the agent of one of them is not connected."""
        known = {node.instance_id: node for node in self.fleet.nodes}
        if bad := [each for each in instance_ids if each not in known or not self.is_listening(known[each])]:
            raise ServiceError(
                "InvalidInstanceId",
                f"Instances [[{', '.join(bad)}]] not in a valid state for account {self.fleet.account}",
            )
        most = _limit(command.max_concurrency, len(instance_ids))
        with self._lock:
            for instance_id in dict.fromkeys(instance_ids):
                command.invocations[instance_id] = Invocation(command=command, node=known[instance_id])
            command.waiting.extend(command.invocations.values())
            self.commands[command.command_id] = command
            for _ in range(max(most, 1)):
                self._start_next(command)

    def cancel(self, command: Command) -> None:
        """Start no further invocation; those that run end by themselves."""
        with self._lock:
            command.is_cancelled = True
            self._drop_waiting(command, "Cancelled")

    def settle_undelivered(self) -> None:
        """End the invocations that no agent picked up in time, as of now."""
        with self._lock:
            now = self._clock()
            for command in self.commands.values():
                for invocation in command.invocations.values():
                    if invocation.status == "Pending" and now > command.requested_at + command.delivery_seconds:
                        invocation.end("TimedOut", "Delivery Timed Out", now)

    @property
    def lock(self) -> threading.RLock:
        """Held while commands are read or changed."""
        return self._lock

    def _start_next(self, command: Command) -> None:
        while command.waiting:
            invocation = command.waiting.popleft()
            if invocation.node.fate != "never_delivered":
                self._pool.submit(self._run, invocation)
                return

    def _run(self, invocation: Invocation) -> None:
        self._closing.wait(self._delivery_seconds)
        if invocation.status != "Pending" or self._closing.is_set():
            return
        node, command = invocation.node, invocation.command
        if node.fate == "terminated":
            self._terminate(node.instance_id)
            self._conclude(invocation, "Failed", "Undeliverable", None)
            return
        platform = self.fleet.system_of(node).platform_type
        if command.script.platform_type not in {"", platform}:
            self._conclude(invocation, "Failed", "Invalid Platform", None)
            return
        with self._lock:
            invocation.status, invocation.details = "InProgress", "In Progress"
            invocation.started_at = self._clock()
        outcome = agent.run(
            "#!/bin/sh\nsleep 3600\n" if node.fate == "hangs" else node.prints or command.script.text,
            folder=self._folder / node.instance_id / "orchestration" / command.command_id,
            environment=self._environment(invocation),
            timeout_seconds=self._hang_seconds if node.fate == "hangs" else command.script.timeout_seconds,
        )
        if outcome.is_timed_out:
            self._conclude(invocation, "TimedOut", "Execution Timed Out", outcome)
        elif outcome.exit_code == 0:
            self._conclude(invocation, "Success", "Success", outcome)
        else:
            self._conclude(invocation, "Failed", "Failed", outcome)

    def _environment(self, invocation: Invocation) -> dict[str, str]:
        system = self.fleet.system_of(invocation.node)
        return {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "SSM_COMMAND_ID": invocation.command.command_id,
            "AWS_SSM_INSTANCE_ID": invocation.node.instance_id,
            "AWS_SSM_REGION_NAME": self.fleet.region,
            "AWS_SSM_PLATFORM_NAME": system.platform,
            "AWS_SSM_PLATFORM_VERSION": system.platform_version,
            **self._roots(invocation.node),
        }

    def _conclude(self, invocation: Invocation, status: str, details: str, outcome: Outcome | None) -> None:
        with self._lock:
            invocation.outcome = outcome
            invocation.end(status, details, self._clock())
            command = invocation.command
            if command.errors > _limit(command.max_errors, len(command.invocations)):
                self._drop_waiting(command, "Terminated")
            self._start_next(command)

    def _drop_waiting(self, command: Command, details: str) -> None:
        while command.waiting:
            command.waiting.popleft().end("Cancelled", details, self._clock())


def new_command_id() -> str:
    """Return a command id: 36 characters."""
    return str(uuid.uuid4())


def is_limit(text: str) -> bool:
    """Whether a text can be MaxConcurrency or MaxErrors: a number, or 1 % to 100 %."""
    return bool(_SHARE.fullmatch(text) or _COUNT.fullmatch(text))


def _limit(text: str, targets: int) -> int:
    """Read MaxConcurrency or MaxErrors: a share of the targets is rounded down."""
    if share := _SHARE.fullmatch(text):
        return math.floor(targets * int(share[1]) / 100)
    return int(text)
