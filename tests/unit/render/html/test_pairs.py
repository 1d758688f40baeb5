"""A node before and after, as pairs of bars."""

from __future__ import annotations

import re
from dataclasses import replace

from fleetscan.model.readings import Readings
from fleetscan.render.html.pairs import pair
from fleetscan.render.words.before_after import Comparison, shares
from tests.fixtures.pictures import MIB, SICK_LEDGER, WELL_LEDGER

BEFORE = Readings(
    memory_total_bytes=4000 * MIB,
    memory_free_bytes=100 * MIB,
    memory_available_bytes=1000 * MIB,
    slab_unreclaimable_bytes=2000 * MIB,
    memory_some_avg60_percent=99.0,
    load1=32.0,
)
AFTER = Readings(
    memory_total_bytes=4000 * MIB,
    memory_free_bytes=2000 * MIB,
    memory_available_bytes=3000 * MIB,
    slab_unreclaimable_bytes=80 * MIB,
    memory_some_avg60_percent=0.0,
    load1=4.0,
)
NODE = Comparison(host="ip-10-0-1-23", instance_id="i-1", before=BEFORE, after=AFTER, rules=("load_high",))


def bars(drawn: str) -> list[float]:
    """Return how long the bars of the table are, in percent and in its order."""
    return [float(width) for width in re.findall(r'<rect class="(?:was|now-is)" x="0%" width="([0-9.]+)%"', drawn)]


def test_memory_is_a_share_of_all_pressure_of_the_minute_and_load_of_the_larger() -> None:
    """So that the two bars of a row can be compared."""
    expected = [(0.5, 0.02), (0.025, 0.5), (0.25, 0.75), (0.99, 0.0), (1.0, 0.125)]

    assert expected == shares(BEFORE, AFTER)
    assert bars(pair(NODE, {}, {}).text) == [50, 2, 2.5, 50, 25, 75, 99, 0, 100, 12.5]


def test_what_was_not_measured_has_no_bar() -> None:
    """An empty bar would be a zero; of a node that is gone nothing is known after."""
    gone = replace(NODE, before=replace(BEFORE, load1=None), after=None)
    drawn = pair(gone, {}, {}).text

    assert bars(drawn) == [50, 2.5, 25, 99]
    assert "The node is gone, so there are no readings after." in drawn


def test_nothing_at_all_is_no_share_of_nothing() -> None:
    """A load of 0 before and after."""
    idle = Readings(load1=0.0)

    assert shares(idle, idle)[-1] == (None, None)


def test_ledgers_of_both_scans_are_two_bars_with_one_legend() -> None:
    """A cache that has shrunk has no name any more, and pods may count as the host's: sums are compared."""
    drawn = pair(NODE, {"i-1": SICK_LEDGER}, {"i-1": WELL_LEDGER}).text
    legend = re.findall(
        r'<li><i class="swatch ([a-z0-9-]+)"></i><span>([^<]+)</span><span class="number">([^<]+)', drawn
    )

    assert legend == [
        ("pods", "pods and host processes", "674 MiB \N{RIGHTWARDS ARROW} 674 MiB"),
        ("cache", "page cache", "831 MiB \N{RIGHTWARDS ARROW} 1.0 GiB"),
        ("slab-1", "unreclaimable slab", "2.1 GiB \N{RIGHTWARDS ARROW} 74 MiB"),
        ("reclaimable", "reclaimable slab", "50 MiB \N{RIGHTWARDS ARROW} 50 MiB"),
        ("kernel", "other kernel memory", "60 MiB \N{RIGHTWARDS ARROW} 60 MiB"),
        ("unaccounted", "unaccounted", "92 MiB \N{RIGHTWARDS ARROW} 91 MiB"),
        ("free", "free", "86 MiB \N{RIGHTWARDS ARROW} 1.9 GiB"),
    ]
    assert drawn.count('<svg class="bar"') == 2


def test_a_ledger_of_one_scan_alone_is_not_compared() -> None:
    """There is nothing to hold it against."""
    assert 'class="two-bars"' not in pair(NODE, {"i-1": SICK_LEDGER}, {"i-2": WELL_LEDGER}).text
