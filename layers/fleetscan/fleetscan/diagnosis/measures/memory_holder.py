"""What holds the memory of a node that is short of it: its largest account, and the largest pod or process.

An account is a place of the memory ledger (``measures/ledger.py``). Free memory, page cache and reclaimable slab are
left out: the kernel gives them back, and MemAvailable counts them already. Shared memory and tmpfs look like page
cache and are not given back.
"""

from __future__ import annotations

from collections.abc import Iterable

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.pods import Pod, Pods
from fleetscan.capture.procfs.processes import Processes
from fleetscan.capture.procfs.services import Services
from fleetscan.diagnosis.measures.ledger import accounts
from fleetscan.immutable import immutable
from fleetscan.model import Suspect, Window
from fleetscan.model.ledger import PLACE_WORDS, Place
from fleetscan.quantities import percent, size

LARGE_ACCOUNT_RATIO = 0.10
"""An account with a smaller share of MemTotal does not explain a shortage [inference]."""

LARGE_HOLDER_RATIO = 0.25
"""A pod or process that uses this share of the memory is a suspect [inference]."""

NAMED_HOLDER_RATIO = 0.10
"""From this share on the largest pod or process is named, so that one knows where to look [inference]."""

_GIVEN_BACK = frozenset({Place.FREE, Place.PAGE_CACHE, Place.SLAB_RECLAIMABLE})


@immutable
class MemoryHolder:
    """What holds the memory, as far as it is known."""

    account: str = ""
    """Such as "most is in per-CPU memory: 10 GiB (63%)"; empty where no account is large or known."""
    place: Place | None = None
    """The largest account, if it is named."""
    who: str = ""
    """Such as "process containerd (pid 812) outside pods uses 4.6 GiB (60%)"; empty where none is large or known."""
    suspects: tuple[Suspect, ...] = ()
    """Pods and processes outside of pods with a quarter of the memory or more, largest first."""

    def beside(self, named: Place | None) -> str:
        """Return the words without the account where that is named already."""
        return self.words if self.place is not named else (f"; {self.who}" if self.who else "")

    @property
    def words(self) -> str:
        """Both, as the end of a sentence; empty where neither is known."""
        return "".join(f"; {words}" for words in (self.account, self.who) if words)


@immutable
class _User:
    """A pod, or a process outside of pods."""

    kind: str
    name: str
    used_bytes: int
    words: str
    reason: str


def memory_holder(window: Window) -> MemoryHolder:
    """Return what holds the memory, with shares of MemTotal. Never raises."""
    meminfo = window.last.get(Meminfo)
    all_bytes = None if meminfo is None else meminfo.total_bytes
    if not all_bytes:
        return MemoryHolder()
    users = sorted((*_pods(window), *_processes(window)), key=lambda user: -user.used_bytes)
    named = next((user for user in users if user.used_bytes >= NAMED_HOLDER_RATIO * all_bytes), None)
    place, account = _account(window, all_bytes)
    return MemoryHolder(
        account=account,
        place=place,
        who="" if named is None else f"{named.words} {_amount(named.used_bytes, all_bytes)}",
        suspects=tuple(
            _suspect(user, all_bytes) for user in users if user.used_bytes >= LARGE_HOLDER_RATIO * all_bytes
        ),
    )


def _account(window: Window, all_bytes: int) -> tuple[Place | None, str]:
    held: dict[Place, int] = {}
    for entry in accounts(window):
        held[entry.place] = held.get(entry.place, 0) + entry.held_bytes
    place = max((one for one in held if one not in _GIVEN_BACK), key=lambda one: held[one], default=None)
    if place is None or held[place] < LARGE_ACCOUNT_RATIO * all_bytes:
        return None, ""
    where = "in no field of /proc/meminfo" if place is Place.UNACCOUNTED else f"in {PLACE_WORDS[place]}"
    most = "most is" if held[place] >= all_bytes / 2 else "the largest part is"
    return place, f"{most} {where}: {_amount(held[place], all_bytes)}"


def _pods(window: Window) -> Iterable[_User]:
    pods = window.last.get(Pods)
    for pod in () if pods is None else pods.pods:
        yield _User(
            kind="pod",
            name=pod.name,
            used_bytes=pod.memory_bytes,
            words=f"pod {pod.name} uses",
            reason=f"uses {size(pod.memory_bytes)} including page cache and has {_limit(pod)}",
        )


def _limit(pod: Pod) -> str:
    return "no memory limit" if pod.limit_bytes is None else f"a memory limit of {size(pod.limit_bytes)}"


def _processes(window: Window) -> Iterable[_User]:
    """Return the largest processes outside of pods, with the services, which may not be among the largest."""
    processes, services = window.last.get(Processes), window.last.get(Services)
    found = {one.pid: (one.name, one.rss_bytes) for one in (() if services is None else services.services)}
    for process in () if processes is None else processes.processes:
        if process.pod is None:
            found[process.pid] = (process.command, process.rss_bytes)
    for pid, (command, rss_bytes) in found.items():
        yield _User(
            kind="process",
            name=command,
            used_bytes=rss_bytes,
            words=f"process {command} (pid {pid}) outside pods uses",
            reason=f"uses {size(rss_bytes)} outside of pods (pid {pid})",
        )


def _suspect(user: _User, all_bytes: int) -> Suspect:
    return Suspect(kind=user.kind, name=user.name, reason=user.reason, share=min(1.0, user.used_bytes / all_bytes))


def _amount(held_bytes: int, all_bytes: int) -> str:
    return f"{size(held_bytes)} ({percent(held_bytes / all_bytes)})"
