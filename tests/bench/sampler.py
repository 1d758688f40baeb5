"""A profile by samples: where the main thread is, some hundred times in each second of CPU time.

cProfile makes calls look dear, for it counts each; samples cost next to nothing and distort nothing. The numbers are
shares of the process's CPU time.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

SECONDS = 0.001
"""Of CPU time between two samples; a kernel that ticks less often gives fewer."""

type Landmarks = Mapping[str, str]
"""Module or package -> what is being done there; the innermost that matches counts."""


class Samples:
    """What was seen so far."""

    def __init__(self, landmarks: Landmarks) -> None:
        self._landmarks = landmarks
        self.total = 0
        self.doing: Counter[str] = Counter()
        self.functions: Counter[str] = Counter()
        """By the function that ran, in our own code or the nearest of ours that waits for a library."""

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Take samples of what is done inside."""
        signal.signal(signal.SIGPROF, self._take)
        signal.setitimer(signal.ITIMER_PROF, SECONDS, SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _take(self, _signal: int, frame: FrameType | None) -> None:
        self.total += 1
        names = list(_names(frame))
        self.functions[next((name for name in names if name.startswith("fleetscan.")), "outside of fleetscan")] += 1
        self.doing[next(filter(None, map(self._landmark, names)), "the rest")] += 1

    def _landmark(self, name: str) -> str | None:
        module = name.partition(":")[0]
        while module and module not in self._landmarks:
            module = module.rpartition(".")[0]
        return self._landmarks.get(module)

    def report(self, functions: int = 15) -> str:
        """Return the samples as text."""
        lines = [f"{self.total:,} samples, evenly over the CPU time\n"]
        lines += [f"  {count / self.total:>6.1%}  {what}\n" for what, count in self.doing.most_common()]
        lines.append("\nfunctions of ours that ran, what they call in libraries included\n")
        lines += [f"  {count / self.total:>6.1%}  {name}\n" for name, count in self.functions.most_common(functions)]
        return "".join(lines)


def _names(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        module = frame.f_globals.get("__name__", "?")
        function = frame.f_code.co_qualname
        if function == "__create_fn__.<locals>.__init__":
            # dataclasses write these; the object knows of which class.
            kind = type(frame.f_locals.get("self"))
            module, function = kind.__module__, f"{kind.__name__}.__init__"
        yield f"{module}:{function}"
        frame = frame.f_back
