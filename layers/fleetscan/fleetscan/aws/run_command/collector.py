"""Runs the collection script on every worker through SSM Run Command; returns one capture for each.

1. EC2 identifies Auto Mode and Windows; ``agents`` finds which of the other nodes have an agent that is online.
2. ``dispatch`` sends the document, 50 nodes per command; the parts of a large fleet are handled in parallel.
3. ``polling`` reads the summaries as commands end; ``detail`` fetches more only for nodes on which a trigger fired.
4. Before the deadline all open commands are read once more; nodes that have not responded then have timed out.

Calls for N healthy nodes: N/50 to describe, N/50 to send, N/50 to read, and one for each poll of 2,500 nodes.
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
from fleetscan.ports import BackgroundWork, Clock, Progress

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

PERMISSIONS = agents.PERMISSIONS | dispatch.PERMISSIONS | polling.PERMISSIONS | detail.PERMISSIONS

PART_SIZE = 500
"""Nodes of one part: ten calls to describe and ten to send, after which its nodes run the script."""

TERMINATED_REASON = "EC2 does not list the instance as running any more"

MAYBE_GONE = frozenset(
    {
        CaptureStatus.TIMED_OUT,
        CaptureStatus.FAILED,
        CaptureStatus.CONNECTION_LOST,
        CaptureStatus.NOT_REGISTERED,
    }
)
"""Statuses that a terminated instance can have as well as a failing one."""


@immutable
class Pace:
    """Timing of the polls for commands that have ended."""

    first_seconds: float = 7.0
    """From sending to the first poll: the script's 5 s between samples, and a second or two each way."""
    next_seconds: float = 2.0
    growth: float = 1.5
    longest_seconds: float = 8.0
    grace_seconds: float = 65.0
    """Grace period of a large fleet, in which unfinished commands are not read: the default timeout of the script and
    of delivery, plus some seconds ..."""
    grace_poll_seconds: float = 10.0
    """... the interval of polls during it; each poll takes one call per 50 commands ..."""
    grace_commands: int = 20
    """... and the number of commands from which a fleet is large: there, reading commands twice costs more than
    waiting."""
    last_call_seconds: float = 1.0
    """Reserved before the deadline: no call is begun in it."""
    sweep_seconds: float = 2.0
    """Reserved before that for reading all open commands once more ..."""
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
"""The default timing."""


class RunCommandCollector:
    """Sends the stack's document to nodes and returns the output of the script.

    ``document`` is the document's name or ARN. With ``commands`` (lines of the script) it is ``AWS-RunShellScript``.
    ``running`` returns which instance ids still run, to distinguish terminated nodes from failing ones.
    ``sleep`` waits so many seconds; ``progress`` gets ``answers`` and ``collection`` as nodes are settled.
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
        scans_bottlerocket: bool = True,
    ) -> None:
        self._ssm = ssm
        self._clock = clock
        self._sleep = sleep
        self._running = running
        self._progress = progress
        self._pace = pace
        self._agents = agents.Agents(ssm, clock=clock, scans_bottlerocket=scans_bottlerocket)
        self._command_request = dispatch.CommandRequest(
            document=document,
            document_version=document_version,
            document_hash=document_hash,
            commands=tuple(commands),
            delivery_timeout_seconds=delivery_timeout_seconds,
        )

    def collect(
        self, nodes: Sequence[Node], *, deadline: float, background: BackgroundWork | None = None
    ) -> tuple[Capture, ...]:
        """Return exactly one capture for every node, in the order given, by the deadline (seconds of the clock).

        No call is begun after the deadline; one that was begun before it may take the client's timeouts and retries.
        Raises AccessError when AWS denies a call, and botocore's error when a request is wrong as a whole.
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
                if background:
                    background.answered(capture)
            if self._progress:
                self._progress("answers", len(answering), len(unique))
                self._progress("collection", len(captures), len(unique))

        def settle_all(some: Iterable[Capture]) -> list[Node]:
            for capture in some:
                settle(capture)
            return [node for node in unique.values() if node.instance_id not in captures]

        rest = settle_all(capture for node in unique.values() if (capture := agents.unsupported(node)))
        sent = self._send(rest, stop_at=stop_at)
        settle_all(sent.refused.values())
        wait = partial(self._wait, background)
        self._follow(sent, started=started, stop_at=stop_at, settle=settle, wait=wait)
        self._mark_gone(captures, deadline=deadline)
        return tuple(replace(captures[node.instance_id], node=node) for node in nodes)

    def _send(self, nodes: Sequence[Node], *, stop_at: float) -> dispatch.Dispatch:
        """Send to every node whose agent is online, part by part; the others are in ``refused``."""

        def send_part(part: Sequence[Node]) -> dispatch.Dispatch:
            unreachable = self._agents.unreachable(part, stop_at=stop_at)
            listening = [node for node in part if node.instance_id not in unreachable]
            sent = dispatch.send(self._ssm, listening, self._command_request, clock=self._clock, stop_at=stop_at)
            return replace(sent, refused={**unreachable, **sent.refused})

        return dispatch.joined(mapped(send_part, batched(nodes, PART_SIZE, strict=False)))

    def _wait(self, background: BackgroundWork | None, seconds: float) -> None:
        if background:
            until = self._clock() + seconds
            background.work(seconds)
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
        document = self._command_request.document
        is_large = len(sent.commands) >= pace.grace_commands
        grace_until = self._clock() + (pace.grace_seconds if is_large else 0.0)
        poller = polling.CommandPoller(
            self._ssm,
            sent.commands,
            document=document,
            sent_at=started,
            settle=settle,
            is_grace_period=lambda: self._clock() < grace_until,
        )
        sweep = pace.sweep_seconds + pace.sweep_seconds_per_command * len(sent.commands)
        sweep_at = stop_at - min(sweep, max(0.0, stop_at - started) / 4)
        waits = pace.waits()
        seconds = next(waits)
        budget = detail.DetailBudget()
        while poller.open_commands and self._clock() < sweep_at:
            wait(min(seconds, sweep_at - self._clock()))
            poller.poll()
            self._fetch_details(poller, budget, stop_at=sweep_at, settle=settle)
            seconds = pace.grace_poll_seconds if self._clock() < grace_until else next(waits)
        for command_id in poller.open_commands:
            if self._clock() < stop_at:
                poller.read(command_id)
        self._fetch_details(poller, budget, stop_at=stop_at, settle=settle)
        for summary in poller.awaiting_detail:
            settle(answered(summary.node, summary.text, detail.OUT_OF_TIME))
        poller.time_out(self._clock() - started)

    def _fetch_details(
        self,
        poller: polling.CommandPoller,
        budget: detail.DetailBudget,
        *,
        stop_at: float,
        settle: Callable[[Capture], None],
    ) -> None:
        left = detail.fetch(
            self._ssm,
            poller.awaiting_detail,
            clock=self._clock,
            sleep=self._sleep,
            stop_at=stop_at,
            settle=settle,
            budget=budget,
        )
        poller.awaiting_detail[:] = left

    def _mark_gone(self, captures: dict[str, Capture], *, deadline: float) -> None:
        """Mark nodes that EC2 no longer runs as terminated: a node that was scaled in is not a failing one."""
        doubtful = [instance_id for instance_id, capture in captures.items() if capture.status in MAYBE_GONE]
        if not self._running or not doubtful or self._clock() >= deadline:
            return
        try:
            running = self._running(doubtful)
        except AWS_ERRORS as error:
            if is_passing(error):
                return  # Unknown, so the statuses stay.
            raise
        for instance_id in doubtful:
            if instance_id not in running:
                capture = captures[instance_id]
                reason = f"{TERMINATED_REASON}; before that: {capture.reason}"
                captures[instance_id] = replace(capture, status=CaptureStatus.TERMINATED, reason=reason)
