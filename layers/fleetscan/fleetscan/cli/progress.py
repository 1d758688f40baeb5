"""How far a scan is, on standard error: a bar where somebody watches, a line a stage where a log does."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from fleetscan.cli.terminal import say

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_WORDS = {"discovery": "nodes found", "collection": "nodes answered for", "analysis": "nodes judged"}


class Progress:
    """Called with a stage, done and total; use as a context so that the bar is gone before the report is shown."""

    def __init__(self, *, is_watched: bool | None = None) -> None:
        self._is_watched = sys.stderr.isatty() if is_watched is None else is_watched
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._told: dict[str, tuple[int, int]] = {}

    def __enter__(self) -> Self:
        if self._is_watched:
            # Rich costs 40 ms to import, which a log does not need.
            from rich.console import Console  # noqa: PLC0415
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
            from rich.progress import Progress as RichProgress  # noqa: PLC0415

            self._bars = RichProgress(
                TextColumn("{task.description:<18}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def _begin_again(self) -> None:
        """Forget an earlier scan: discovery is where each begins."""
        self._told.clear()
        if self._bars is not None:
            for task in self._tasks.values():
                self._bars.remove_task(task)
        self._tasks.clear()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that a stage has done so many of a total."""
        words = _WORDS.get(stage, stage)
        if stage == "discovery":
            self._begin_again()
        if self._bars is not None:
            if stage not in self._tasks:
                self._tasks[stage] = self._bars.add_task(words, total=total)
            self._bars.update(self._tasks[stage], completed=done, total=total)
        elif done >= total and self._told.get(stage) != (done, total):
            self._told[stage] = (done, total)
            say(f"{done} {words}" if stage == "discovery" else f"{done} of {total} {words}")
