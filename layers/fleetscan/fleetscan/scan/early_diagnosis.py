"""Nodes diagnosed as they answer: of a large fleet most, while its slow nodes are still waited for.

What is remembered of the nodes is loaded meanwhile, beside the collector, and a small fleet's after it: there is
nothing to gain then, and of two scans at once the later one knows of the earlier one's readings.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from fleetscan.model import Capture, Diagnosis, Node
from fleetscan.model.memory import History
from fleetscan.ports import Clock, Collector, Progress

type Notes = tuple[str, ...]
type Loaded = tuple[Mapping[str, History], Notes]
type Diagnose = Callable[[Capture, Mapping[str, History]], Diagnosis]

LARGE_FLEET_NODES = 1_000
"""From here on diagnosis takes a second and more of a Lambda function at 512 MB, which has a third of a CPU."""


class EarlyDiagnosis:
    """Each node of one scan, diagnosed once. ``recall`` loads what is remembered; ``diagnose`` must not raise."""

    def __init__(
        self,
        nodes: Sequence[Node],
        *,
        diagnose: Diagnose,
        load_histories: Callable[[], Loaded],
        clock: Clock,
        progress: Progress,
    ) -> None:
        self._nodes = nodes
        self._diagnose = diagnose
        self._recall = load_histories
        self._clock = clock
        self._progress = progress
        self._early: Future[Loaded] | None = None
        self._waiting: deque[Capture] = deque()
        self._diagnosed: dict[str, tuple[Capture, Diagnosis]] = {}

    def collected(self, collector: Collector, *, deadline: float) -> tuple[Capture, ...]:
        """Return what the collector brings, and diagnose what can be before it is back."""
        if len(self._nodes) < LARGE_FLEET_NODES:
            return collector.collect(self._nodes, deadline=deadline)
        with ThreadPoolExecutor(1, thread_name_prefix="memory") as beside:
            self._early = beside.submit(self._recall)
            return collector.collect(self._nodes, deadline=deadline, background=self)

    def answered(self, capture: Capture) -> None:
        """Take a capture that will not change any more."""
        self._waiting.append(capture)

    def work(self, seconds: float) -> None:
        """Diagnose what has come, for so long; what is remembered must be here, and is not waited for."""
        if self._early is None or not self._early.done():
            return
        histories, _ = self._early.result()
        until = self._clock() + seconds
        while self._waiting and self._clock() < until:
            self._examine(self._waiting.popleft(), histories)

    def finished(self, captures: Sequence[Capture]) -> tuple[dict[str, Diagnosis], Mapping[str, History], Notes]:
        """Diagnose the rest; return instance id -> diagnosis in the order of the captures, and what was remembered."""
        histories, notes = self._recall() if self._early is None else self._early.result()
        for capture in captures:
            early = self._diagnosed.get(capture.node.instance_id)
            if early is None or early[0] != capture:
                self._examine(capture, histories)
        return {one.node.instance_id: self._diagnosed[one.node.instance_id][1] for one in captures}, histories, notes

    def _examine(self, capture: Capture, histories: Mapping[str, History]) -> None:
        self._diagnosed[capture.node.instance_id] = (capture, self._diagnose(capture, histories))
        self._progress("analysis", len(self._diagnosed), len(self._nodes))
