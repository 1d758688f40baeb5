"""What a picture is drawn from, for programs."""

from __future__ import annotations

from dataclasses import replace

from fleetscan.model.ledger import Entry, Ledger, Place
from fleetscan.model.picture import Picture
from fleetscan.render.json.picture import Value, document
from tests.fixtures.pictures import AFFECTED, CACHES, GROWTH, HOUR, MIB, NOW, PAST, SICK_LEDGER


def test_a_node_of_which_nothing_was_read() -> None:
    """Null is not known; a key is never missing."""
    expected: dict[str, Value] = {
        "ledger": None,
        "slab_caches": [],
        "stalls": {"cpu_some_avg60_percent": None, "io_some_avg60_percent": None, "io_full_avg60_percent": None},
        "past": None,
    }

    assert expected == document(Picture())


def test_all_of_it() -> None:
    """Sizes in bytes, a cache's name where the entry has one, readings row by row."""
    small = Picture(
        ledger=Ledger(
            total_bytes=10,
            entries=(
                Entry(place=Place.SLAB_UNRECLAIMABLE, held_bytes=4, name="kmalloc-1k"),
                Entry(place=Place.FREE, held_bytes=6),
            ),
        ),
        caches=CACHES[-1:],
        cpu_some_avg60_percent=84.62,
        io_some_avg60_percent=float("nan"),
        past=replace(
            PAST,
            at_epoch_seconds=(NOW - HOUR, NOW),
            available_bytes=(None, 735 * MIB),
            slab_unreclaimable_bytes=(MIB, 2 * MIB),
            boots=(1,),
            growth=replace(GROWTH, span_seconds=3600.0),
        ),
    )
    expected = {
        "ledger": {
            "total_bytes": 10,
            "entries": [
                {"place": "slab_unreclaimable", "name": "kmalloc-1k", "held_bytes": 4},
                {"place": "free", "name": None, "held_bytes": 6},
            ],
        },
        "slab_caches": [
            {
                "name": "fuse_request",
                "held_bytes": MIB,
                "active_objects": 6_000,
                "object_bytes": 152,
                "unreclaimable": None,
            }
        ],
        "stalls": {"cpu_some_avg60_percent": 84.62, "io_some_avg60_percent": None, "io_full_avg60_percent": None},
        "past": {
            "readings": [
                {
                    "at_epoch_seconds": NOW - HOUR,
                    "memory_available_bytes": None,
                    "slab_unreclaimable_bytes": MIB,
                    "is_first_of_boot": False,
                },
                {
                    "at_epoch_seconds": NOW,
                    "memory_available_bytes": 735 * MIB,
                    "slab_unreclaimable_bytes": 2 * MIB,
                    "is_first_of_boot": True,
                },
            ],
            "floor_bytes": 100 * MIB,
            "growth": {
                "low_bytes_per_hour": 96 * MIB,
                "rate_bytes_per_hour": 100 * MIB,
                "high_bytes_per_hour": 110 * MIB,
                "span_seconds": 3600.0,
                "readings": 6,
            },
        },
    }

    assert expected == document(small)


def test_a_past_without_growth() -> None:
    """Null: memory is not lost steadily, or too little is remembered to know."""
    past = document(replace(AFFECTED, past=replace(PAST, growth=None)))["past"]

    assert isinstance(past, dict)
    assert past["growth"] is None


def test_a_hostile_name_is_cleaned() -> None:
    """A cache can be called anything by a module."""
    evil = replace(CACHES[0], name="\x1b[31m\u202ekmalloc")
    found = document(Picture(ledger=SICK_LEDGER, caches=(evil,)))["slab_caches"]

    assert isinstance(found, list)
    assert isinstance(found[0], dict)
    assert found[0]["name"] == "?[31m?kmalloc"
