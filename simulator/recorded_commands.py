"""Run Command with recorded output: every node returns what the real script printed once, after a random time.

Nothing runs here. When a command is sent, the time of each node's response is drawn; a later call sees what has ended
by then. The random numbers have a seed, so two runs are the same.
"""

from __future__ import annotations

import heapq
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simulator.agent import Outcome
from simulator.fleet import Fleet, FleetNode, System
from simulator.run_command import Clock, Command, Invocation
from simulator.service_error import ServiceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How long a node takes. Assumptions, for AWS publishes none: a second or two each way, and the script's window."""

    pickup_seconds: float = 1.5
    """Mean time until the agent has taken the command; exponentially distributed."""
    script_seconds: float = 5.3
    """The script's window of 5 s and its own work."""
    slow_share: float = 0.02
    """Of the nodes that are overloaded ..."""
    slow_seconds: float = 12.0
    """... and take so much longer, on average."""


class RecordedCommands:
    """The commands of one account and Region: what ``RunCommand`` is for real scripts.

    ``texts`` are instance id -> what the script prints there. A node's fate decides whether it answers at all;
    ``terminate`` is called for a node whose fate is to be terminated when its command arrives.
    """

    def __init__(
        self,
        fleet: Fleet,
        texts: Mapping[str, bytes],
        *,
        clock: Clock,
        tempo: Tempo,
        seed: int = 1,
        terminate: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.fleet = fleet
        self._terminate = terminate
        self._lock = threading.RLock()
        self.commands: dict[str, Command] = {}
        self._clock = clock
        self.tempo = tempo
        self._random = random.Random(seed)  # noqa: S311  # a draw of waiting times, no secret
        self.become(fleet, texts)
        self._ahead: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0

    def become(self, fleet: Fleet, texts: Mapping[str, bytes]) -> None:
        """Let the nodes be those of another fleet from now on; what is under way ends as it was foreseen."""
        with self._lock:
            self.fleet, self._texts = fleet, texts
            self._nodes = {node.instance_id: node for node in fleet.nodes}
            self._registered = tuple(n for n in fleet.nodes if n.fate != "not_registered" and not n.auto_mode)

    @property
    def lock(self) -> threading.RLock:
        """Held while commands are read or changed."""
        return self._lock

    def registered(self) -> tuple[FleetNode, ...]:
        """Return the nodes whose agent Systems Manager knows."""
        return self._registered

    def system_of(self, node: FleetNode) -> System:
        """Return what the node runs."""
        return self.fleet.system_of(node)

    def send(self, command: Command, instance_ids: list[str]) -> None:
        """Take a command; the whole call fails when the agent of one of its nodes is not connected."""
        if bad := [each for each in instance_ids if not self._is_listening(each)]:
            raise ServiceError(
                "InvalidInstanceId",
                f"Instances [[{', '.join(bad)}]] not in a valid state for account {self.fleet.account}",
            )
        with self._lock:
            self.commands[command.command_id] = command
            for instance_id in dict.fromkeys(instance_ids):
                invocation = Invocation(command=command, node=self._nodes[instance_id])
                command.invocations[instance_id] = invocation
                self._foresee(invocation)

    def cancel(self, command: Command) -> None:
        """Mark it; what is under way ends by itself."""
        command.is_cancelled = True

    def settle_undelivered(self) -> None:
        """Let everything happen that is due by now, whether delivered or not."""
        with self._lock:
            now = self._clock()
            while self._ahead and self._ahead[0][0] <= now:
                heapq.heappop(self._ahead)[2]()

    def _is_listening(self, instance_id: str) -> bool:
        node = self._nodes.get(instance_id)
        return node is not None and not node.auto_mode and node.fate not in {"not_registered", "connection_lost"}

    def _foresee(self, invocation: Invocation) -> None:
        """Draw when the node takes the command, and when and how it ends."""
        tempo, fate = self.tempo, invocation.node.fate
        requested_at = invocation.command.requested_at
        undelivered_at = requested_at + invocation.command.delivery_seconds
        if fate == "never_delivered":
            self._at(undelivered_at, lambda: invocation.end("TimedOut", "Delivery Timed Out", undelivered_at))
            return
        taken_at = requested_at + self._random.expovariate(1 / tempo.pickup_seconds)
        if fate == "terminated":
            self._at(taken_at, lambda: self._vanish(invocation, taken_at))
            return
        self._at(taken_at, lambda: _begin(invocation, taken_at))
        if fate == "hangs":
            ended_at = taken_at + invocation.command.script.timeout_seconds
            self._at(ended_at, lambda: invocation.end("TimedOut", "Execution Timed Out", ended_at))
            return
        ended_at = taken_at + tempo.script_seconds
        if self._random.random() < tempo.slow_share:
            ended_at += self._random.expovariate(1 / tempo.slow_seconds)
        self._at(ended_at, lambda: self._answer(invocation, ended_at))

    def _answer(self, invocation: Invocation, at: float) -> None:
        output = self._texts[invocation.node.instance_id]
        invocation.outcome = Outcome(exit_code=0, output=output, error=b"")
        invocation.end("Success", "Success", at)

    def _vanish(self, invocation: Invocation, at: float) -> None:
        self._terminate(invocation.node.instance_id)
        invocation.end("Failed", "Undeliverable", at)

    def _at(self, at: float, happens: Callable[[], None]) -> None:
        self._number += 1  # two things at one moment happen in the order in which they were foreseen
        heapq.heappush(self._ahead, (at, self._number, happens))


def _begin(invocation: Invocation, at: float) -> None:
    invocation.status, invocation.details, invocation.started_at = "InProgress", "In Progress", at
