"""CPU credits are read again only when they are old, and their age goes with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from fleetscan.errors import AccessError
from fleetscan.model import CreditMode, Credits, Node
from fleetscan.scan.credit_cache import CachedCreditReader

NODES = tuple(Node(instance_id=f"i-{one}") for one in range(3))
MODES = {node.instance_id: CreditMode.STANDARD for node in NODES}
HOUR = 3_600.0


@dataclass
class Reader:
    """Reads a balance that says when it was read."""

    now: float = 1_000_000.0
    asked: list[list[str]] = field(default_factory=list)

    def clock(self) -> float:
        """Return the time."""
        return self.now

    def modes(self, nodes: Sequence[Node]) -> Mapping[str, CreditMode]:
        """Return the modes."""
        return {node.instance_id: MODES[node.instance_id] for node in nodes}

    def credits(
        self,
        nodes: Sequence[Node],
        modes: Mapping[str, CreditMode],
        *,
        fresh: Collection[str] = (),  # noqa: ARG002 - the port's
    ) -> Mapping[str, Credits]:
        """Return the time as balance."""
        self.asked.append([node.instance_id for node in nodes])
        return {node.instance_id: Credits(mode=modes[node.instance_id], balance=self.now) for node in nodes}


@dataclass
class Book:
    """A book that may refuse."""

    readings: Mapping[str, tuple[float, Credits]] = field(default_factory=dict)
    refuses: bool = False

    def load(self) -> Mapping[str, tuple[float, Credits]]:
        """Return what is in it."""
        if self.refuses:
            raise AccessError("no")
        return self.readings

    def save(self, readings: Mapping[str, tuple[float, Credits]]) -> None:
        """Replace what is in it."""
        if self.refuses:
            raise AccessError("no")
        self.readings = readings


def remembering(reader: Reader, cache: Book) -> CachedCreditReader:
    """Return a reader that remembers for an hour."""
    return CachedCreditReader(reader, cache, reader.clock, refresh_seconds=HOUR)


def test_twelve_scans_in_an_hour_read_once() -> None:
    """And the thirteenth reads anew: 50 nodes cost a twelfth."""
    reader, cache = Reader(), Book()
    ages = []
    for _ in range(13):
        found = remembering(reader, cache).credits(NODES, MODES)
        ages.append(found["i-0"].age_seconds)
        reader.now += 300

    assert len(reader.asked) == 2
    assert ages == [*(300.0 * one for one in range(12)), 0.0]


def test_only_what_is_not_known_is_read() -> None:
    """A node that is new in question is read alone; each keeps its own age."""
    reader, cache = Reader(), Book()
    remembering(reader, cache).credits(NODES[:1], MODES)
    reader.now += 600
    found = remembering(reader, cache).credits(NODES, MODES)
    expected = {
        "i-0": Credits(mode=CreditMode.STANDARD, balance=1_000_000.0, age_seconds=600.0),
        "i-1": Credits(mode=CreditMode.STANDARD, balance=1_000_600.0),
        "i-2": Credits(mode=CreditMode.STANDARD, balance=1_000_600.0),
    }

    assert expected == found
    assert reader.asked == [["i-0"], ["i-1", "i-2"]]
    assert set(cache.readings) == set(expected)


def test_what_is_wanted_fresh_is_read_now() -> None:
    """A node that has calmed down: whether it has recovered is not taken from before."""
    reader, cache = Reader(), Book()
    remembering(reader, cache).credits(NODES, MODES)
    reader.now += 300
    found = remembering(reader, cache).credits(NODES, MODES, fresh={"i-1"})

    assert reader.asked == [["i-0", "i-1", "i-2"], ["i-1"]]
    assert [found[f"i-{one}"].age_seconds for one in range(3)] == [300.0, 0.0, 300.0]


def test_a_node_that_changed_its_mode_is_read_again() -> None:
    """A balance of 0 throttles in one mode and costs in the other."""
    reader, cache = Reader(), Book()
    remembering(reader, cache).credits(NODES[:1], MODES)
    remembering(reader, cache).credits(NODES[:1], {"i-0": CreditMode.UNLIMITED})

    assert reader.asked == [["i-0"], ["i-0"]]


def test_what_is_old_or_from_the_future_is_forgotten() -> None:
    """A clock that went back makes no reading last for ever."""
    reader, cache = Reader(), Book()
    remembering(reader, cache).credits(NODES[:1], MODES)
    reader.now -= 10
    remembering(reader, cache).credits(NODES[1:2], MODES)

    assert set(cache.readings) == {"i-1"}


def test_a_book_that_refuses_costs_money_and_nothing_else() -> None:
    """Every node is read in every scan."""
    reader, cache = Reader(), Book(refuses=True)
    found = [remembering(reader, cache).credits(NODES, MODES) for _ in range(2)]

    assert found[0] == found[1]
    assert len(reader.asked) == 2


def test_modes_are_always_asked_for() -> None:
    """They are free."""
    assert remembering(Reader(), Book()).modes(NODES) == MODES
