"""The AWS endpoint: one WSGI application that answers what moto lacks and hands moto everything else."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from simulator import answer, credit_specifications
from simulator.call import Call, read
from simulator.calls import Calls
from simulator.faults import Gate
from simulator.fleet import Fleet
from simulator.service_error import ServiceError
from simulator.systems_manager import SystemsManager
from simulator.traps import Trap, Traps

type Guard = Callable[[Call], None]
"""Raises the Refusal of a call that its caller may not make."""
type Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Endpoint:
    """Counts calls, lets faults happen, answers Run Command and credit specifications, and asks moto for the rest."""

    def __init__(
        self,
        moto: Application,
        *,
        fleet: Fleet,
        systems_manager: SystemsManager,
        gate: Gate,
        calls: Calls,
        traps: Traps | None = None,
        sleep: Callable[[float], None] = time.sleep,
        guard: Guard | None = None,
    ) -> None:
        self._moto = moto
        self.fleet = fleet
        self._systems_manager = systems_manager
        self._gate = gate
        self._calls = calls
        self._traps = traps or Traps()
        self._sleep = sleep
        self._guard = guard

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401  # WSGI's own
        """Answer one request."""
        call = read(environ)
        if call is None:
            return self._moto(environ, start_response)
        self._calls.record(call.service, call.action)
        if self._gate.faults.latency_seconds:
            self._sleep(self._gate.faults.latency_seconds)
        if self._gate.is_silent(call.service, call.action):
            self._sleep(self._gate.faults.silence_seconds)
            return _hang_up(environ)
        sprung = self._traps.arm(call)
        if _is_cut_off([trap for trap in sprung if trap.moment == "before"]):
            return _hang_up(environ)
        later = [trap for trap in sprung if trap.moment == "after"]
        if not later:
            return self._answer(call, environ, start_response)
        begun: list[tuple[Any, ...]] = []
        body = b"".join(self._answer(call, environ, lambda *said: begun.append(said)))
        if _is_cut_off(later):
            return _hang_up(environ)
        start_response(*begun[-1])
        return [body]

    def _answer(self, call: Call, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401  # same
        try:
            self._gate.check(call.service, call.action)
            if self._guard is not None:
                self._guard(call)
            own = self.own(call)
        except ServiceError as refused:
            own = answer.error(call.protocol, refused)
        return own.start(start_response) if own else self._moto(environ, start_response)

    def own(self, call: Call) -> answer.Answer | None:
        """Answer what moto lacks; None leaves the call to it."""
        if call.service == "ssm" and call.action in self._systems_manager.actions:
            return answer.result(self._systems_manager.answer(call.action, call.payload()))
        if call.service == "ec2" and call.action == credit_specifications.ACTION:
            return answer.xml(credit_specifications.answer(self.fleet, call.parameters()))
        return None


def _is_cut_off(traps: Iterable[Trap]) -> bool:
    """Run these traps, and return whether the call gets no response."""
    is_cut_off = False
    for trap in traps:
        trap.happens()
        is_cut_off |= not trap.is_answered
    return is_cut_off


def _hang_up(environ: dict[str, Any]) -> Iterable[bytes]:
    """Close the connection without a response; the server takes the error for a client that went away."""
    with suppress(OSError):
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError
