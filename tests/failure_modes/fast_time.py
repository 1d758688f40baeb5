"""Time for a process that scans: sleeping takes none of it.

The scan and the simulated AWS go by one clock: the machine's, and as many seconds ahead as were slept. Importing this
module replaces ``time.time`` and ``time.sleep`` of the process, so it comes before all that keeps them, and only in a
process made for scanning. Lambda's end is kept, too: who looks at a clock that is beyond it is killed.
"""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Protocol, SupportsIndex

from botocore import httpsession
from botocore.retries import bucket
from urllib3.util import Timeout

_machine_time = time.time


class Seconds(Protocol):
    """Seconds that several processes share."""

    value: float


@dataclass(slots=True)
class Own:
    """What each process knows by itself."""

    value: float = 0.0


@dataclass(slots=True)
class Time:
    """The time of this process."""

    ahead: Seconds
    """By how much all clocks are ahead of the machine's."""
    skew_seconds: float = 0.0
    """By how much this process's clock is wrong."""
    end: float = math.inf
    """When Lambda ends this process, by the right clock."""

    def true(self) -> float:
        """Return the time of everybody."""
        return _machine_time() + self.ahead.value

    def now(self) -> float:
        """Return the time that this process reads; or never return."""
        now = self.true()
        if now >= self.end:
            os.kill(os.getpid(), signal.SIGKILL)
        return now + self.skew_seconds

    def sleep(self, seconds: float | SupportsIndex) -> None:
        """Let time pass."""
        self.ahead.value += max(float(seconds), 0.0)
        self.now()


HERE = Time(ahead=Own())


class _Slept(threading.Condition):
    """What botocore's own limiter waits on for a token, when AWS has throttled it."""

    def wait(self, timeout: float | None = None) -> bool:
        """Let the time pass in which nobody notifies."""
        HERE.sleep(timeout or 0.0)
        return False


class _Unhurried(Timeout):
    """How long botocore waits for an answer by the machine's clock: as long as it takes."""

    def __init__(self, connect: float, read: float) -> None:
        del connect, read
        super().__init__(None)


time.time, time.sleep = HERE.now, HERE.sleep
vars(bucket)["threading"] = SimpleNamespace(Lock=threading.Lock, Condition=_Slept)
# Who does not answer takes his time of this clock (simulator/faults.py). By the machine's own nobody is late: a call in
# whose middle another scan runs takes as long as the machine is busy.
vars(httpsession)["Timeout"] = _Unhurried
