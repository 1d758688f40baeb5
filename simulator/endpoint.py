"""The AWS endpoint: one WSGI application that answers what moto lacks and hands moto everything else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from simulator import answer, credit_specifications
from simulator.call import Call, read
from simulator.calls import Calls
from simulator.faults import Gate
from simulator.fleet import Fleet
from simulator.refusal import Refusal
from simulator.systems_manager import SystemsManager

type Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Endpoint:
    """Counts calls, lets faults happen, answers Run Command and credit specifications, and asks moto for the rest."""

    def __init__(
        self, moto: Application, *, fleet: Fleet, systems_manager: SystemsManager, gate: Gate, calls: Calls
    ) -> None:
        self._moto = moto
        self.fleet = fleet
        self._systems_manager = systems_manager
        self._gate = gate
        self._calls = calls

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401  # WSGI's own
        """Answer one request."""
        call = read(environ)
        if call is None:
            return self._moto(environ, start_response)
        self._calls.record(call.service, call.action)
        if self._gate.faults.latency_seconds:
            time.sleep(self._gate.faults.latency_seconds)
        try:
            self._gate.check(call.service, call.action)
            own = self.own(call)
        except Refusal as refused:
            own = answer.refusal(call.protocol, refused)
        return own.start(start_response) if own else self._moto(environ, start_response)

    def own(self, call: Call) -> answer.Answer | None:
        """Answer what moto lacks; None leaves the call to it."""
        if call.service == "ssm" and call.action in self._systems_manager.actions:
            return answer.result(self._systems_manager.answer(call.action, call.payload()))
        if call.service == "ec2" and call.action == credit_specifications.ACTION:
            return answer.xml(credit_specifications.answer(self.fleet, call.parameters()))
        return None
