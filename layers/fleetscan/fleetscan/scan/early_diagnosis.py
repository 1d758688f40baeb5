"""Diagnoses nodes as they respond: in a large fleet most of them, while the collector waits for slow nodes.

The node history is loaded in parallel with the collector. In a small fleet it is loaded afterwards: no time would be
saved, and of two concurrent scans the later one sees the readings of the earlier one.
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
    """Diagnoses each node of one scan once. ``load_histories`` loads the node history; ``diagnose`` must not raise."""

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
        """Return the captures of the collector, and diagnose nodes while it waits."""
        if len(self._nodes) < LARGE_FLEET_NODES:
            return collector.collect(self._nodes, deadline=deadline)
        with ThreadPoolExecutor(1, thread_name_prefix="memory") as beside:
            self._early = beside.submit(self._recall)
            return collector.collect(self._nodes, deadline=deadline, background=self)

    def answered(self, capture: Capture) -> None:
        """Accept the final capture of a node."""
        self._waiting.append(capture)

    def work(self, seconds: float) -> None:
        """Diagnose waiting captures for at most so many seconds, once the node history is loaded."""
        if self._early is None or not self._early.done():
            return
        histories, _ = self._early.result()
        until = self._clock() + seconds
        while self._waiting and self._clock() < until:
            self._examine(self._waiting.popleft(), histories)

    def finished(self, captures: Sequence[Capture]) -> tuple[dict[str, Diagnosis], Mapping[str, History], Notes]:
        """Diagnose the rest; return instance id -> diagnosis in the order of the captures, the histories and notes."""
        histories, notes = self._recall() if self._early is None else self._early.result()
        for capture in captures:
            early = self._diagnosed.get(capture.node.instance_id)
            if early is None or early[0] != capture:
                self._examine(capture, histories)
        return {one.node.instance_id: self._diagnosed[one.node.instance_id][1] for one in captures}, histories, notes

    def _examine(self, capture: Capture, histories: Mapping[str, History]) -> None:
        self._diagnosed[capture.node.instance_id] = (capture, self._diagnose(capture, histories))
        self._progress("analysis", len(self._diagnosed), len(self._nodes))
