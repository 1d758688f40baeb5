"""Packets that EC2 queued or dropped, by the network allowance that was exceeded, and their growth between scans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from fleetscan.capture.procfs.allowances import AllowanceCounters, Allowances
from fleetscan.diagnosis.measures.since_last import readings_of_boot
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Sample, Window
from fleetscan.model.memory import History, Reading


@immutable(kw_only=False)
class Allowance:
    """One allowance of an instance type, and where its counter is."""

    name: str
    of_interface: Callable[[AllowanceCounters], int]
    of_reading: Callable[[Reading], int | None]


LINKLOCAL = Allowance(
    "link-local services (DNS, instance metadata, time)",
    lambda one: one.linklocal,
    lambda one: one.linklocal_exceeded_total,
)
CONNTRACK = Allowance(
    "tracked connections (conntrack)", lambda one: one.conntrack, lambda one: one.conntrack_exceeded_total
)
PACKETS = Allowance("packets per second", lambda one: one.packets_per_second, lambda one: one.packets_exceeded_total)
BANDWIDTH_IN = Allowance("inbound bandwidth", lambda one: one.bandwidth_in, lambda one: one.bandwidth_in_exceeded_total)
BANDWIDTH_OUT = Allowance(
    "outbound bandwidth", lambda one: one.bandwidth_out, lambda one: one.bandwidth_out_exceeded_total
)

ALLOWANCES = (LINKLOCAL, CONNTRACK, PACKETS, BANDWIDTH_IN, BANDWIDTH_OUT)

type Counts = Mapping[Allowance, int]


@immutable
class Growth:
    """What the counters grew by in the last intervals between scans."""

    intervals: tuple[Counts, ...]
    """At most two, the newest last."""
    seconds: float
    """The length of the newest."""

    @property
    def newest(self) -> Counts:
        """Return the growth since the last scan."""
        return self.intervals[-1]


def packets(sample: Sample, allowance: Allowance) -> int | None:
    """Return a counter over all interfaces; None where the allowances were not collected."""
    found = sample.get(Allowances)
    return None if found is None else sum(allowance.of_interface(one) for one in found.interfaces)


def growth(window: Window) -> Growth:
    """Return the growth of each counter since the last scan, or between the samples where there was none.

    AbsentError where the allowances were not collected, or nothing is known from before.
    """
    now = _counts(window.last[Allowances])
    history = window.last.get(History)
    before = [(one.at_epoch_seconds, kept) for one in readings_of_boot(window) if (kept := _kept(one)) is not None]
    if history is not None and before:
        seconds = float(max(0, history.at_epoch_seconds - before[-1][0]))
        return Growth(intervals=_grown([*(kept for _, kept in before[-2:]), now]), seconds=seconds)
    first = window.first.get(Allowances)
    if first is not None and window.seconds:
        return Growth(intervals=_grown([_counts(first), now]), seconds=window.seconds)
    raise AbsentError("no earlier scan since the boot counted the packets beyond the network allowances")


def _counts(allowances: Allowances) -> Counts:
    return {each: sum(each.of_interface(one) for one in allowances.interfaces) for each in ALLOWANCES}


def _kept(one: Reading) -> Counts | None:
    known = {each: value for each in ALLOWANCES if (value := each.of_reading(one)) is not None}
    return known if len(known) == len(ALLOWANCES) else None


def _grown(counts: Sequence[Counts]) -> tuple[Counts, ...]:
    """Return what each counter grew by; 0 where an interface went away with its counter."""
    return tuple(
        {each: max(0, after[each] - before[each]) for each in ALLOWANCES} for before, after in pairwise(counts)
    )
