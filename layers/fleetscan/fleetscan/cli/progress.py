"""The progress of a scan on standard error: bars on a terminal, one line per stage in a log."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from fleetscan.cli import screen
from fleetscan.cli.terminal import say

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_WORDS = {"discovery": "nodes found", "collection": "nodes accounted for", "analysis": "nodes evaluated"}
_VERBS = {"discovery": "finding nodes", "collection": "querying nodes", "analysis": "evaluating"}
_COUNTS = {"discovery": "found", "collection": "responded", "analysis": "evaluated"}
_UPDATES_PER_SECOND = 8
"""Often enough to be seen to move, seldom enough for a slow connection."""


class Progress:
    """Called with a stage, done and total; use as a context so that the bars are gone before the report is shown."""

    def __init__(self, *, is_watched: bool | None = None) -> None:
        self._is_watched = sys.stderr.isatty() and not screen.is_plain() if is_watched is None else is_watched
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._shown: dict[str, tuple[int, int]] = {}
        self._answers: int | None = None

    def __enter__(self) -> Self:
        if self._is_watched:
            # Rich costs 40 ms to import, which a log does not need.
            from rich.console import Console  # noqa: PLC0415
            from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
            from rich.progress import Progress as RichProgress  # noqa: PLC0415

            self._bars = RichProgress(
                SpinnerColumn(finished_text=" "),
                TextColumn("{task.description:<13}", markup=False),
                BarColumn(bar_width=30),
                TextColumn("{task.fields[count]}", markup=False),
                TimeElapsedColumn(),
                # Standard error is a terminal here, whatever is forced on standard output.
                console=Console(stderr=True, highlight=False, emoji=False, markup=False),
                transient=True,
                refresh_per_second=_UPDATES_PER_SECOND,
            )
            self._tasks["discovery"] = self._bars.add_task(_VERBS["discovery"], total=None, count="")
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that a stage has done so many of a total."""
        if stage == "answers":
            self._answers = done
            return
        if stage == "discovery":
            self._begin_again()
        if self._bars is not None:
            self._draw(self._bars, stage, done, total)
            if stage == "discovery":
                # A node takes seconds to respond, so the bar is drawn when it is queried.
                self._draw(self._bars, "collection", 0, total)
        elif done >= total and self._shown.get(stage) != (done, total):
            self._shown[stage] = (done, total)
            say(self._words(stage, done, total))

    def _begin_again(self) -> None:
        """Reset after an earlier scan: each scan begins with discovery."""
        self._shown.clear()
        self._answers = None
        if self._bars is not None:
            for task in self._tasks.values():
                self._bars.remove_task(task)
        self._tasks.clear()

    def _draw(self, bars: Bars, stage: str, done: int, total: int) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = bars.add_task(_VERBS.get(stage, stage), total=total, count="")
        bars.update(self._tasks[stage], completed=done, total=total, count=self._count(stage, done, total))

    def _count(self, stage: str, done: int, total: int) -> str:
        """Return the text beside a bar: ``11 of 16 responded``, and how many are known not to respond."""
        counted = done if stage != "collection" or self._answers is None else self._answers
        words = f"{counted} of {total} {_COUNTS.get(stage, stage)}" if stage != "discovery" else f"{total} found"
        silent = done - counted
        return f"{words}, {silent} without response" if silent > 0 else words

    def _words(self, stage: str, done: int, total: int) -> str:
        words = _WORDS.get(stage, stage)
        if stage == "discovery":
            return f"{done} {words}"
        silent = 0 if stage != "collection" or self._answers is None else done - self._answers
        return f"{done} of {total} {words}{f', {silent} of them without response' if silent > 0 else ''}"
