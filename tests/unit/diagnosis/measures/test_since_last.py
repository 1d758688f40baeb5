"""What has happened on a node since the last scan that is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from fleetscan.capture.procfs import host, kernel_log, meminfo, pressure, services, uptime, vmstat
from fleetscan.diagnosis.measures.since_last import (
    UnloggedKills,
    readings_of_boot,
    started_seconds,
    starts_since,
    swapped_words,
    unlogged_kills,
)
from fleetscan.model import Window
from fleetscan.model.memory import History, Reading
from tests.fixtures.windows import one_sample

NOW = 1_800_000_000
BOOT = "3f0c2d51"
HOST = host.parse(f"boot_id {BOOT}-6c0a-4d5e-9a55-5b1f1f0f7a10\npage_bytes 4096")


def reading(seconds_ago: int, *, boot_id: str = BOOT, **fields: int) -> Reading:
    """Return what an earlier scan kept."""
    return Reading(at_epoch_seconds=NOW - seconds_ago, boot_id=boot_id, **fields)


def node(*values: object, past: Sequence[Reading]) -> Window:
    """Return a node with a past."""
    return one_sample(HOST, History(at_epoch_seconds=NOW, readings=tuple(past)), *values)


def log(*events: str) -> object:
    """Return a kernel log of a fortnight."""
    return kernel_log.parse("\n".join(["read lines=9 oldest_age_seconds=1186000", *events]))


def test_only_the_running_boot_counts() -> None:
    """A node whose boot is not known has no past."""
    now = reading(300)

    assert readings_of_boot(node(past=[reading(900, boot_id="ffffffff"), now])) == (now,)
    assert readings_of_boot(one_sample(History(at_epoch_seconds=NOW, readings=(now,)))) == ()


class TestUnloggedKills:
    """The counter has risen, and the log does not show it."""

    @pytest.mark.parametrize(
        "values", [(), (log(),), (log("task_hung 60 x"),)], ids=["no log", "silent", "of another kind"]
    )
    def test_they_are_the_difference_of_the_counter(self, values: tuple[object, ...]) -> None:
        """Whether the node was short then is not known."""
        found = unlogged_kills(node(vmstat.parse("oom_kill 5"), *values, past=[reading(300, oom_kills_total=3)]))

        assert found == UnloggedKills(number=2, seconds=300, was_node_short=None)

    @pytest.mark.parametrize(("age", "is_told"), [(300, True), (420, True), (421, False)])
    def test_a_kill_of_the_log_may_be_two_minutes_older_than_the_last_scan(self, age: int, *, is_told: bool) -> None:
        """Ages count from the beginning of a scan, and a node is asked a little later."""
        window = node(vmstat.parse("oom_kill 5"), log(f"oom_kill {age} x"), past=[reading(300, oom_kills_total=3)])

        assert (unlogged_kills(window) is None) is is_told

    @pytest.mark.parametrize(
        ("last", "counters"),
        [
            (reading(300, oom_kills_total=5), "oom_kill 5"),
            (reading(300, oom_kills_total=6), "oom_kill 5"),
            (reading(300), "oom_kill 5"),
            (reading(300, oom_kills_total=3), "pswpin 5"),
            (reading(300, oom_kills_total=3, boot_id="ffffffff"), "oom_kill 5"),
        ],
        ids=["none since", "counted backwards", "not remembered", "not counted", "another boot"],
    )
    def test_what_is_not_known_to_have_happened_is_none(self, last: Reading, counters: str) -> None:
        """A wrong cause is worse than none."""
        assert unlogged_kills(node(vmstat.parse(counters), past=[last])) is None

    @pytest.mark.parametrize(
        ("then", "now", "expected"),
        [
            ({"memory_total_bytes": 1_000, "memory_available_bytes": 99}, (), True),
            ({"memory_total_bytes": 1_000, "memory_available_bytes": 100}, (), False),
            ({"memory_some_avg60_percent": 10}, (), True),
            ({"memory_some_avg60_percent": 9}, (), False),
            ({}, (meminfo.parse("MemTotal: 1000\nMemAvailable: 99"),), True),
            ({}, (meminfo.parse("MemTotal: 1000\nMemAvailable: 100"),), False),
            ({}, (pressure.parse("memory some avg10=0.00 avg60=10.00 avg300=0.00 total=1"),), True),
            ({}, (pressure.parse("memory some avg10=0.00 avg60=9.99 avg300=0.00 total=1"),), False),
        ],
    )
    def test_whether_the_node_was_short_then_or_is_now(
        self, then: dict[str, Any], now: tuple[object, ...], *, expected: bool
    ) -> None:
        """Below a tenth available, or a tenth of the time waiting."""
        found = unlogged_kills(node(vmstat.parse("oom_kill 5"), *now, past=[reading(300, oom_kills_total=3, **then)]))

        assert found == UnloggedKills(number=2, seconds=300, was_node_short=expected)


class TestStarts:
    """A service that was started anew."""

    KUBELET = (services.parse("kubelet pid=700 age_seconds=400 rss_bytes=1"), uptime.parse("1000.0 0.0"))

    def test_its_start_is_the_uptime_less_its_age(self) -> None:
        """None where it was not seen."""
        assert started_seconds(one_sample(*self.KUBELET), "kubelet") == 600
        assert started_seconds(one_sample(*self.KUBELET), "containerd") is None
        assert started_seconds(one_sample(self.KUBELET[0]), "kubelet") is None

    @pytest.mark.parametrize(("seconds", "starts"), [(900, 2), (899, 1), (299, 0)])
    def test_scans_of_so_many_seconds_report_how_often(self, seconds: int, starts: int) -> None:
        """Each other start that a scan has seen is one."""
        past = [
            reading(900, kubelet_started_seconds=20),
            reading(300, kubelet_started_seconds=300, containerd_started_seconds=9),
        ]

        assert starts_since(node(*self.KUBELET, past=past), "kubelet", seconds) == starts
        assert starts_since(node(*self.KUBELET, past=past), "containerd", seconds) == 0


@pytest.mark.parametrize(
    ("last", "counters", "parts"),
    [
        (reading(300, swapped_out_pages=100, swapped_in_pages=50), "pswpin 306\npswpout 612", ["2.0 MiB", "1.0 MiB"]),
        (reading(300, swapped_out_pages=100, swapped_in_pages=50), "pswpin 50\npswpout 100", ["nothing"]),
        (reading(300, swapped_out_pages=100, swapped_in_pages=50), "pswpin 49\npswpout 100", []),
        (reading(300, swapped_out_pages=100), "pswpin 306\npswpout 612", []),
    ],
    ids=["both ways", "nothing", "counted backwards", "half is remembered"],
)
def test_what_was_swapped_since(last: Reading, counters: str, parts: list[str]) -> None:
    """In pages of 4 KiB; nothing is said where it is not known."""
    words = swapped_words(node(vmstat.parse(counters), past=[last]))

    assert [part for part in ("2.0 MiB", "1.0 MiB", "nothing") if part in words] == parts
    assert bool(words) is bool(parts)


def test_history_is_in_seconds_of_the_scan() -> None:
    """The last scan of this boot, not the oldest."""
    past = [reading(900, oom_kills_total=1), reading(600, oom_kills_total=3)]
    found = unlogged_kills(node(vmstat.parse("oom_kill 5"), past=past))

    assert found == UnloggedKills(number=2, seconds=600, was_node_short=None)
