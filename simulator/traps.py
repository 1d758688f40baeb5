"""What happens when the simulated AWS sees a call, as its third PutItem: a process dies, an answer gets lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from simulator.call import Call

type Moment = Literal["before", "after"]
"""Before a call has done anything, or when all is done and only the answer is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """Springs once, at one call of an action. The call is never answered, unless ``is_answered``."""

    action: str
    """An IAM action, such as ``sns:Publish``."""
    moment: Moment = "before"
    happens: Callable[[], None] = lambda: None
    fits: Callable[[Call], bool] = lambda _: True
    """Which of the action's calls are counted."""
    number: int = 1
    """The call at which it springs, from 1."""
    is_answered: bool = False


@dataclass(slots=True)
class _Set:
    trap: Trap
    seen: int = 0


@dataclass(slots=True)
class Traps:
    """The traps of one endpoint."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _set: list[_Set] = field(default_factory=list)

    def set(self, trap: Trap) -> None:
        """Wait for a call."""
        with self._lock:
            self._set.append(_Set(trap))

    @property
    def waiting(self) -> int:
        """Traps that have not sprung."""
        with self._lock:
            return len(self._set)

    def arm(self, call: Call) -> tuple[Trap, ...]:
        """Count a call, and return the traps that spring at it; each is returned once, before or after the call."""
        sprung = []
        with self._lock:
            for each in list(self._set):
                if each.trap.action == f"{call.service}:{call.action}" and each.trap.fits(call):
                    each.seen += 1
                    if each.seen == each.trap.number:
                        self._set.remove(each)
                        sprung.append(each.trap)
        return tuple(sprung)
