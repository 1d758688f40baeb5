"""Running the collection script on every worker through SSM Run Command, and getting one answer for each.

1. EC2 already tells Auto Mode and Windows; ``agents`` tells which of the rest have an agent that listens.
2. ``dispatch`` sends the document, 50 nodes a command; of a large fleet several parts are asked and sent to at once.
3. ``watch`` reads the summaries as commands end; ``detail`` fetches more only for nodes that saw a trigger.
4. Before the deadline everything open is read once more; whoever has not answered then has timed out.

Calls for N nodes that are all well: N/50 to describe, N/50 to send, N/50 to read, and one for each poll of 2,500 nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING

from fleetscan.aws.errors import AWS_ERRORS, is_passing
from fleetscan.aws.parallel import mapped
from fleetscan.aws.run_command import agents, detail, dispatch, polling
from fleetscan.aws.run_command.invocation import answered
from fleetscan.immutable import immutable
from fleetscan.model import Capture, CaptureStatus, Node
from fleetscan.ports import Clock, Meanwhile, Progress

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

PERMISSIONS = agents.PERMISSIONS | dispatch.PERMISSIONS | polling.PERMISSIONS | detail.PERMISSIONS

PART_SIZE = 500
"""Nodes that are asked about and then sent to before the next: ten calls each way, after which the first nodes work."""

TERMINATED_REASON = "EC2 does not list the instance as running any more"

MAYBE_GONE = frozenset(
    {
        CaptureStatus.TIMED_OUT,
        CaptureStatus.FAILED,
        CaptureStatus.CONNECTION_LOST,
        CaptureStatus.NOT_REGISTERED,
    }
)
"""Outcomes that an instance which was terminated meanwhile has, as well as a sick one."""


@immutable
class Pace:
    """How often Systems Manager is asked whether commands have ended."""

    first_seconds: float = 7.0
    """From sending to the first poll: the script's window of 5 s, and a second or two each way."""
    next_seconds: float = 2.0
    growth: float = 1.5
    longest_seconds: float = 8.0
    patience_seconds: float = 65.0
    """How long the commands of a large fleet are left alone for the sake of their slow nodes: as long as the script may
    take and a command may wait for its node, by default, and some seconds ..."""
    patient_wait_seconds: float = 10.0
    """... with so long between two polls, of which each takes a call for 50 commands ..."""
    patient_commands: int = 20
    """... which is one from so many commands on: there, to read each twice is what costs, not to wait."""
    last_call_seconds: float = 1.0
    """Kept free before the deadline: no call is begun in it."""
    sweep_seconds: float = 2.0
    """Kept free before that for reading everything open once more ..."""
    sweep_seconds_per_command: float = 0.25
    """... and this much more for each open command."""

    def waits(self) -> Iterator[float]:
        """Yield the seconds to wait before each poll, without end."""
        yield self.first_seconds
        wait = self.next_seconds
        while True:
            yield wait
            wait = min(wait * self.growth, self.longest_seconds)


PACE = Pace()
"""The pace at which SSM is asked."""


class RunCommandCollector:
    """Sends the stack's document to nodes and brings back what the script printed.

    ``document`` is the document's name or ARN. With ``commands`` (lines of the script) it is ``AWS-RunShellScript``.
    ``running`` returns which instance ids still run; with it a node that is merely gone is told from one that is sick.
    ``sleep`` waits so many seconds; ``progress`` is told ``answers`` and ``collection`` as nodes are settled.
    """

    def __init__(
        self,
        ssm: SSMClient,
        *,
        document: str,
        clock: Clock,
        sleep: Callable[[float], None],
        document_version: str = "",
        document_hash: str = "",
        commands: Sequence[str] = (),
        delivery_timeout_seconds: int = 60,
        running: Callable[[Sequence[str]], Collection[str]] | None = None,
        progress: Progress | None = None,
        pace: Pace = PACE,
    ) -> None:
        self._ssm = ssm
        self._clock = clock
        self._sleep = sleep
        self._running = running
        self._progress = progress
        self._pace = pace
        self._agents = agents.Agents(ssm, clock=clock)
        self._errand = dispatch.Errand(
            document=document,
            document_version=document_version,
            document_hash=document_hash,
            commands=tuple(commands),
            delivery_timeout_seconds=delivery_timeout_seconds,
        )

    def collect(
        self, nodes: Sequence[Node], *, deadline: float, meanwhile: Meanwhile | None = None
    ) -> tuple[Capture, ...]:
        """Return exactly one capture for every node, in the order given, by the deadline (seconds of the clock).

        No call is begun after the deadline; one that was begun before it may take the client's timeouts and retries.
        Raises AccessError when AWS refuses a call, and botocore's error when a request is wrong as a whole.
        """
        started = self._clock()
        stop_at = deadline - min(self._pace.last_call_seconds, max(0.0, deadline - started) / 10)
        unique = {node.instance_id: node for node in nodes}
        captures: dict[str, Capture] = {}

        answering: set[str] = set()

        def settle(capture: Capture) -> None:
            captures[capture.node.instance_id] = capture
            if capture.status is CaptureStatus.ANSWERED:
                answering.add(capture.node.instance_id)
                if meanwhile:
                    meanwhile.answered(capture)
            if self._progress:
                self._progress("answers", len(answering), len(unique))
                self._progress("collection", len(captures), len(unique))

        def settle_all(some: Iterable[Capture]) -> list[Node]:
            for capture in some:
                settle(capture)
            return [node for node in unique.values() if node.instance_id not in captures]

        rest = settle_all(capture for node in unique.values() if (capture := agents.unfit(node)))
        sent = self._send(rest, stop_at=stop_at)
        settle_all(sent.refused.values())
        wait = partial(self._wait, meanwhile)
        self._follow(sent, started=started, stop_at=stop_at, settle=settle, wait=wait)
        self._mark_gone(captures, deadline=deadline)
        return tuple(replace(captures[node.instance_id], node=node) for node in nodes)

    def _send(self, nodes: Sequence[Node], *, stop_at: float) -> dispatch.Dispatch:
        """Send to every node whose agent listens, part by part; the others are refused."""

        def send_part(part: Sequence[Node]) -> dispatch.Dispatch:
            silent = self._agents.silent(part, stop_at=stop_at)
            listening = [node for node in part if node.instance_id not in silent]
            sent = dispatch.send(self._ssm, listening, self._errand, clock=self._clock, stop_at=stop_at)
            return replace(sent, refused={**silent, **sent.refused})

        return dispatch.joined(mapped(send_part, batched(nodes, PART_SIZE, strict=False)))

    def _wait(self, meanwhile: Meanwhile | None, seconds: float) -> None:
        if meanwhile:
            until = self._clock() + seconds
            meanwhile.work(seconds)
            seconds = max(0.0, until - self._clock())
        self._sleep(seconds)

    def _follow(
        self,
        sent: dispatch.Dispatch,
        *,
        started: float,
        stop_at: float,
        settle: Callable[[Capture], None],
        wait: Callable[[float], None],
    ) -> None:
        """Settle every node that a command was sent to, by ``stop_at``."""
        pace = self._pace
        document = self._errand.document
        is_large = len(sent.commands) >= pace.patient_commands
        patient_until = self._clock() + (pace.patience_seconds if is_large else 0.0)
        watched = polling.Watch(
            self._ssm,
            sent.commands,
            document=document,
            sent_at=started,
            settle=settle,
            is_patient=lambda: self._clock() < patient_until,
        )
        sweep = pace.sweep_seconds + pace.sweep_seconds_per_command * len(sent.commands)
        sweep_at = stop_at - min(sweep, max(0.0, stop_at - started) / 4)
        waits = pace.waits()
        seconds = next(waits)
        allowance = detail.Allowance()
        while watched.open_commands and self._clock() < sweep_at:
            wait(min(seconds, sweep_at - self._clock()))
            watched.poll()
            self._fetch_details(watched, allowance, stop_at=sweep_at, settle=settle)
            seconds = pace.patient_wait_seconds if self._clock() < patient_until else next(waits)
        for command_id in watched.open_commands:
            if self._clock() < stop_at:
                watched.read(command_id)
        self._fetch_details(watched, allowance, stop_at=stop_at, settle=settle)
        for summary in watched.wanting:
            settle(answered(summary.node, summary.text, detail.OUT_OF_TIME))
        watched.give_up(self._clock() - started)

    def _fetch_details(
        self,
        watched: polling.Watch,
        allowance: detail.Allowance,
        *,
        stop_at: float,
        settle: Callable[[Capture], None],
    ) -> None:
        left = detail.fetch(
            self._ssm,
            watched.wanting,
            clock=self._clock,
            sleep=self._sleep,
            stop_at=stop_at,
            settle=settle,
            allowance=allowance,
        )
        watched.wanting[:] = left

    def _mark_gone(self, captures: dict[str, Capture], *, deadline: float) -> None:
        """Call terminated what EC2 no longer runs: nodes come and go, and a node that left is not a sick one."""
        doubtful = [instance_id for instance_id, capture in captures.items() if capture.status in MAYBE_GONE]
        if not self._running or not doubtful or self._clock() >= deadline:
            return
        try:
            running = self._running(doubtful)
        except AWS_ERRORS as error:
            if is_passing(error):
                return  # Nothing is known, so nothing changes.
            raise
        for instance_id in doubtful:
            if instance_id not in running:
                capture = captures[instance_id]
                reason = f"{TERMINATED_REASON}; before that: {capture.reason}"
                captures[instance_id] = replace(capture, status=CaptureStatus.TERMINATED, reason=reason)
