"""Where the memory of a node is, as a bar with a legend."""

from __future__ import annotations

import re

from fleetscan.model.ledger import Place
from fleetscan.render.elements.ledger import ledger_bar, ledger_figure
from tests.fixtures.pictures import SICK_LEDGER, ledger


def test_bar_and_legend_say_the_same() -> None:
    """The two caches by name, the rest of the slab as the rest, everything with its share."""
    expected = [
        ("pods", "616 MiB", "16%"),
        ("host processes", "58 MiB", "1.5%"),
        ("page cache", "831 MiB", "21%"),
        ("slab: kmalloc-1k", "1.6 GiB", "41%"),
        ("slab: skbuff_head_cache", "414 MiB", "11%"),
        ("other unreclaimable slab", "97 MiB", "2.5%"),
        ("reclaimable slab", "50 MiB", "1.3%"),
        ("other kernel memory", "60 MiB", "1.5%"),
        ("unaccounted", "92 MiB", "2.3%"),
        ("free", "86 MiB", "2.2%"),
    ]
    drawn = ledger_figure(SICK_LEDGER).text
    legend = re.findall(
        r'<li><i class="[^"]*"></i><span>([^<]*)</span><span class="number">([^<]*)</span>'
        r'<span class="number soft">([^<]*)</span></li>',
        drawn,
    )
    said = "; ".join(f"{who} {size}, {share}" for who, size, share in expected)

    assert expected == legend
    assert f'aria-label="Usage of 3.8 GiB of memory: {said}"' in drawn


def test_caches_have_tones_of_their_own_and_the_rest_another() -> None:
    """A fourth one shares the third's: the bar stays three shades and the rest."""
    entries = [(Place.SLAB_UNRECLAIMABLE, f"cache-{number}", 100) for number in range(4)]
    drawn = ledger_bar(ledger(1000, *entries, (Place.SLAB_UNRECLAIMABLE, "", 50))).text
    expected = ["slab-1", "slab-2", "slab-3", "slab-3", "slab", "free"]

    assert expected == re.findall(r'<rect class="([^"]*)"', drawn)


def test_every_place_has_words_and_a_colour() -> None:
    """One that was forgotten would be an error on the first node that has it."""
    drawn = ledger_figure(ledger(1000, *((place, "", 10) for place in Place if place is not Place.FREE)))

    assert len(set(re.findall(r"<title>([^<]* )10 MiB", drawn.text))) == len(Place) - 1


def test_a_slim_bar_says_it_once() -> None:
    """Its parts are too small to point at; the whole has all the words."""
    drawn = ledger_bar(SICK_LEDGER, is_slim=True).text

    assert "<title>" not in drawn
    assert "slab: kmalloc-1k 1.6 GiB, 41%" in drawn


def test_a_ledger_of_no_memory_has_no_shares() -> None:
    """A stored report may say so; nothing is divided by it."""
    drawn = ledger_figure(ledger(0, (Place.PODS, "", 100))).text

    assert '<span class="number soft">0%</span>' in drawn
