"""The figures of a node that a report shows beside its findings; a part that was not measured is absent."""

from __future__ import annotations

from collections.abc import Callable

from fleetscan.capture.procfs.pressure import Pressure
from fleetscan.diagnosis.measures.ledger import ledger
from fleetscan.diagnosis.measures.slab_ranking import slab_ranking
from fleetscan.errors import AbsentError
from fleetscan.model import Window
from fleetscan.model.picture import Past, Picture

CACHES = 8
PAST_READINGS = 60
"""For a node with findings: as many as a line chart can show."""

QUIET_CACHES = 3
QUIET_PAST_READINGS = 12
"""For a node without findings: a stored report has thousands of them."""


def picture(window: Window, past: Past | None, *, is_quiet: bool) -> Picture:
    """Return the picture of the window's last sample. Never raises."""
    pressure = window.last.get(Pressure)
    cpu, io = (None, None) if pressure is None else (pressure.cpu, pressure.io)
    some, full = (None, None) if io is None else (io.some, io.full)
    waiting = None if cpu is None else cpu.some
    return Picture(
        ledger=_taken(lambda: ledger(window)),
        caches=_taken(lambda: slab_ranking(window, QUIET_CACHES if is_quiet else CACHES)) or (),
        cpu_some_avg60_percent=None if waiting is None else waiting.avg60_percent,
        io_some_avg60_percent=None if some is None else some.avg60_percent,
        io_full_avg60_percent=None if full is None else full.avg60_percent,
        past=past,
    )


def _taken[V](measure: Callable[[], V]) -> V | None:
    try:
        return measure()
    except AbsentError:
        return None
