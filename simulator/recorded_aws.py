"""Thousands of nodes on one port: a simulated AWS whose nodes return recorded output.

``SimulatedAws`` runs the real script on each node; here its output was recorded on a few nodes and is returned for
many. The rest is the same: the same limits, pages, statuses and faults, and moto for what is stored.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from simulator import answer, instances
from simulator.account import Account
from simulator.answer import Answer
from simulator.call import Call
from simulator.calls import Calls
from simulator.cluster import environment_of
from simulator.endpoint import Endpoint
from simulator.faults import Bucket, Faults, Gate
from simulator.fleet import Fleet
from simulator.recorded_commands import RecordedCommands, Tempo
from simulator.run_command import Clock
from simulator.server import moto, serving
from simulator.systems_manager import SystemsManager
from simulator.traps import Traps

BUCKETS: Mapping[str, Bucket] = {
    "ec2:DescribeInstances": Bucket(tokens=100, refill_per_second=20.0),
    "ec2:DescribeInstanceCreditSpecifications": Bucket(tokens=100, refill_per_second=20.0),
    "ssm:DescribeInstanceInformation": Bucket(tokens=20, refill_per_second=10.0),
    "ssm:SendCommand": Bucket(tokens=20, refill_per_second=10.0),
    "ssm:ListCommands": Bucket(tokens=20, refill_per_second=10.0),
    "ssm:ListCommandInvocations": Bucket(tokens=20, refill_per_second=10.0),
    "ssm:GetCommandInvocation": Bucket(tokens=20, refill_per_second=10.0),
}
"""EC2's are documented (non-mutating calls: 100, refilled by 20 a second). Systems Manager publishes none and is known
to throttle early: these are assumptions, on the careful side."""


class RecordedAws:
    """A simulated AWS of many nodes, as a context manager. ``texts``: instance id -> what the script prints there.

    ``clock`` and ``sleep`` are its time; the scan must use the same.
    """

    def __init__(
        self,
        fleet: Fleet,
        texts: Mapping[str, bytes],
        *,
        faults: Faults | None = None,
        tempo: Tempo | None = None,
        clock: Clock = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.fleet = fleet
        self.calls = Calls()
        self.traps = Traps()
        self._clock = clock
        self._sleep = sleep
        self._texts = texts
        self._gate = Gate(faults or Faults(buckets=BUCKETS), clock)
        self._first_tempo = tempo or Tempo()
        self._exits = ExitStack()
        self.endpoint_url = ""

    def __enter__(self) -> Self:
        """Fill the account and open the port."""
        with ExitStack() as exits:
            # The instances and their credits are answered here; moto keeps what a scan stores and sends.
            self._account = Account(replace(self.fleet, nodes=()))
            exits.callback(self._account.close)
            self._account.fill()
            self._commands = RecordedCommands(
                self.fleet,
                self._texts,
                clock=self._clock,
                tempo=self._first_tempo,
                terminate=self._terminate,
            )
            self._endpoint = _RecordedEndpoint(
                moto(),
                fleet=self.fleet,
                systems_manager=SystemsManager(self._commands, self._account.document, clock=self._clock),
                gate=self._gate,
                calls=self.calls,
                traps=self.traps,
                sleep=self._sleep,
            )
            self.endpoint_url = exits.enter_context(serving(self._endpoint))
            self._exits = exits.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the port and forget the account."""
        self._exits.close()

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that make boto3 and the function use this AWS."""
        return environment_of(self.fleet, self.endpoint_url, self._account.topic_arn)

    def _terminate(self, instance_id: str) -> None:
        self._endpoint.instances.remove(instance_id)

    def set_faults(self, faults: Faults) -> None:
        """Set the faults from now on."""
        self._gate.faults = faults

    def become(self, fleet: Fleet, texts: Mapping[str, bytes]) -> None:
        """Let the same account's nodes be those of another fleet from now on."""
        self.fleet = self._endpoint.fleet = fleet
        self._endpoint.instances = instances.Instances(fleet)
        self._commands.become(fleet, texts)

    def tempo(self, tempo: Tempo) -> None:
        """Change how long nodes take from the next command on."""
        self._commands.tempo = tempo

    @property
    def measured(self) -> list[tuple[str, float]]:
        """Name and value of each datapoint without dimensions that was published so far, oldest first."""
        return self._account.measured()

    @property
    def items(self) -> list[dict[str, Any]]:
        """The items of the table, as DynamoDB writes them."""
        return self._account.items()

    @property
    def stored(self) -> dict[str, bytes]:
        """Key -> content of every object in the bucket."""
        return self._account.stored()

    def put(self, item: Mapping[str, Any]) -> None:
        """Put an item into the table, over the one that is there: whatever somebody else may have written."""
        self._account.put(item)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The notifications that were sent so far, oldest first."""
        return self._account.messages()


class _RecordedEndpoint(Endpoint):
    """The endpoint that also answers for the instances."""

    def __init__(self, *arguments: Any, fleet: Fleet, **rest: Any) -> None:  # noqa: ANN401  # the endpoint's own
        super().__init__(*arguments, fleet=fleet, **rest)
        self.instances = instances.Instances(fleet)

    def own(self, call: Call) -> Answer | None:
        """Answer what moto is too slow for, and what any endpoint answers itself."""
        if call.service == "ec2" and call.action == instances.ACTION:
            return answer.xml(self.instances.answer(call.parameters()))
        return super().own(call)
