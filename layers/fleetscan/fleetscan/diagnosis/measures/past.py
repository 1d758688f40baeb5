"""The history of a node's memory for a chart, thinned to as many readings as the chart can show."""

from __future__ import annotations

from itertools import pairwise

from fleetscan.model.forecast import Growth
from fleetscan.model.memory import History, Reading
from fleetscan.model.picture import Past

_DAY_SECONDS = 86_400


def past(
    history: History | None, now: Reading | None, *, growth: Growth | None, floor_bytes: int, most: int
) -> Past | None:
    """Return at most ``most`` readings, evenly spread over time, the newest of each interval; the last is ``now``.

    If memory is lost steadily, only the time of that loss is shown, and at least a day: in two weeks of readings
    neither the loss nor the hours that are left could be seen. None if there is no reading before ``now``.
    """
    if history is None or now is None:
        return None
    seen_seconds = max(growth.span_seconds, _DAY_SECONDS) if growth else float("inf")
    inside = [one for one in history.readings if 0 < now.at_epoch_seconds - one.at_epoch_seconds <= seen_seconds]
    if not inside:
        return None
    first = inside[0].at_epoch_seconds
    stretch_seconds = (now.at_epoch_seconds - first) / (most - 1)
    newest = {int((one.at_epoch_seconds - first) / stretch_seconds): one for one in inside}
    kept = (*list(newest.values())[-(most - 1) :], now)
    return Past(
        at_epoch_seconds=tuple(one.at_epoch_seconds for one in kept),
        available_bytes=tuple(one.memory_available_bytes for one in kept),
        slab_unreclaimable_bytes=tuple(one.slab_unreclaimable_bytes for one in kept),
        boots=tuple(place for place, (one, other) in enumerate(pairwise(kept), 1) if one.boot_id != other.boot_id),
        floor_bytes=floor_bytes,
        growth=growth,
    )
