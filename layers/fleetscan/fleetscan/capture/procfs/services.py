"""kubelet, containerd, dockerd and crio, found by their command in /proc/PID/stat.

One line for each; ``starts_20m`` (from the journal) only in the detail and only when one of them is young::

    kubelet pid=811 age_seconds=240 rss_bytes=98566144 state=S starts_20m=5
    containerd pid=702 age_seconds=1186300 rss_bytes=61865984 state=D again=D

``state`` is the letter of the process's state; ``again``, only where that is T or D, the other of two readings: that of
the first sample, or one at least a second later. Absent where none of them runs: not a worker, or a recorded tree
without processes.
https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html (``starttime``)
"""

from __future__ import annotations

from fleetscan import numbers
from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "services"


@immutable
class Service:
    """The kubelet or a container runtime; ``starts_in_20_minutes`` only in the detail."""

    name: str
    pid: int
    age_seconds: int
    rss_bytes: int
    starts_in_20_minutes: int | None
    state: str | None = None
    """The letter of /proc/PID/stat: S asleep, R running, D waiting for a device, T stopped, Z ended ..."""
    state_again: str | None = None
    """The other reading where the state is T or D; None where there was none: ended meanwhile, or not looked at."""


@immutable
class Services:
    """The services that keep a node in its cluster."""

    services: tuple[Service, ...]
    """Without those whose age or memory was not to be had (``-``), as of one that ended while it was read."""


def parse(text: str) -> Services:
    """Parse the section ``services``; no row means that none was seen running."""
    services = (_service(row) for row in rows.distinct(rows.read(text, source=_SOURCE)))
    return Services(services=tuple(service for service in services if service is not None))


def _service(row: rows.Row) -> Service | None:
    pairs = row.pairs(1)
    if rows.UNKNOWN in (pairs.values.get("age_seconds"), pairs.values.get("rss_bytes")):
        return None
    return Service(
        name=row.name(0, "service"),
        pid=pairs.whole("pid"),
        age_seconds=pairs.whole("age_seconds"),
        rss_bytes=pairs.whole("rss_bytes"),
        starts_in_20_minutes=pairs.whole_or_none("starts_20m"),
        state=_state(pairs, "state"),
        state_again=_state(pairs, "again"),
    )


def _state(pairs: rows.Pairs, key: str) -> str | None:
    letter = pairs.name_or_none(key)
    if letter is not None and not (len(letter) == 1 and letter.isalpha()):
        raise pairs.row.error(f"{key} is not a letter: {numbers.shown(letter)}")
    return letter
