"""/proc/pressure/memory, cpu and io (PSI), each line with its resource in front.

The share of time in percent that some or all tasks stalled for want of the resource, and the total in microseconds::

    memory some avg10=98.98 avg60=98.90 avg300=98.38 total=571204211903
    memory full avg10=62.85 avg60=63.91 avg300=63.33 total=361290011245
    cpu some avg10=85.41 avg60=84.62 avg300=82.10 total=481920118220

The first sample has ``total=`` alone, the summary only that of ``memory some``. Absent before Linux 4.20, where PSI is
not compiled in, and where it is switched off (``psi=0``, or reading fails with EOPNOTSUPP). ``cpu full`` is new in
5.13; the resource ``irq`` (6.1) is ignored.
An average lags: it stays high for some seconds after relief.
https://docs.kernel.org/accounting/psi.html
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.errors import ParseError
from fleetscan.immutable import immutable

_SOURCE = "pressure"
_RESOURCES = frozenset({"memory", "cpu", "io"})
_KINDS = frozenset({"some", "full"})
_MAX_PERCENT = 100.0


@immutable
class Stall:
    """One line: the share of time in percent that tasks stalled, and the running total in microseconds."""

    avg10_percent: float | None
    avg60_percent: float | None
    avg300_percent: float | None
    total_microseconds: int | None
    """None where only the averages were sent."""


@immutable
class ResourcePressure:
    """``some`` tasks stalled, ``full`` all non-idle tasks stalled; ``full`` may be absent."""

    some: Stall | None
    full: Stall | None


@immutable
class Pressure:
    """The pressure on each resource; None where there is no line about it."""

    memory: ResourcePressure | None
    cpu: ResourcePressure | None
    io: ResourcePressure | None


def parse(text: str) -> Pressure:
    """Parse the section ``pressure``; an average above 100% is a ParseError, ``full`` above ``some`` is not."""
    stalls: dict[tuple[str, str], Stall] = {}
    for row in rows.read(text, source=_SOURCE):
        resource, kind = row.words[0], row.word(1, "some or full")
        if resource not in _RESOURCES or kind not in _KINDS:
            continue
        if (resource, kind) in stalls:
            raise row.error(f"{resource} {kind} is given twice")
        stalls[resource, kind] = _stall(row)
    if not stalls:
        raise ParseError(_SOURCE, 0, "has none of the fields that are read")
    return Pressure(memory=_resource(stalls, "memory"), cpu=_resource(stalls, "cpu"), io=_resource(stalls, "io"))


def _stall(row: rows.Row) -> Stall:
    pairs = row.pairs(2)
    return Stall(
        avg10_percent=_percent(pairs, "avg10"),
        avg60_percent=_percent(pairs, "avg60"),
        avg300_percent=_percent(pairs, "avg300"),
        total_microseconds=pairs.whole_or_none("total"),
    )


def _percent(pairs: rows.Pairs, key: str) -> float | None:
    value = pairs.decimal_or_none(key)
    if value is not None and value > _MAX_PERCENT:
        raise pairs.row.error(f"{key} is above 100 percent: {value:g}")
    return value


def _resource(stalls: dict[tuple[str, str], Stall], resource: str) -> ResourcePressure | None:
    some, full = stalls.get((resource, "some")), stalls.get((resource, "full"))
    return None if some is None and full is None else ResourcePressure(some=some, full=full)
