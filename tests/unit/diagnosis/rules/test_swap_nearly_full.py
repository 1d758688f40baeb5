"""The rule swap_nearly_full."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import host, vmstat
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.rules.swap_nearly_full import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from fleetscan.model.forecast import DAY_SECONDS, Forecast, Runway
from fleetscan.model.memory import History, Reading
from tests.fixtures.windows import MIB, affected_node, memory, one_sample


@pytest.mark.parametrize(
    ("free_mib", "expected"),
    [
        (201, None),
        (
            200,
            Evidence(
                severity=Severity.WARNING,
                text="800 MiB of 1000 MiB swap used (80%, threshold 80%)",
                measured=0.8,
                limit=0.8,
            ),
        ),
        (
            100,
            Evidence(
                severity=Severity.WARNING,
                text="900 MiB of 1000 MiB swap used (90%, threshold 80%)",
                measured=0.9,
                limit=0.8,
            ),
        ),
    ],
)
def test_it_fires_at_exactly_the_limits(free_mib: int, expected: Evidence | None) -> None:
    """80% of 1,000 MiB; 90% alone is no danger: so is compressed swap in memory on a healthy node."""
    window = one_sample(memory(swap_total_bytes=1000 * MIB, swap_free_bytes=free_mib * MIB))

    assert expected == check(window)


@pytest.mark.parametrize(
    ("free_mib", "others", "expected"),
    [
        (
            100,
            (),
            Evidence(
                severity=Severity.CRITICAL,
                text="900 MiB of 1000 MiB swap used (90%, threshold 90%); only 199 MiB (5.0%) of memory and swap is "
                "left",
                measured=0.9,
                limit=0.9,
            ),
        ),
        (
            0,
            (
                Forecast(remembered_seconds=DAY_SECONDS),
                Runway(hours_low=6, hours=7, hours_high=8, limited_by="memory", text="in 6 to 8 h"),
            ),
            Evidence(
                severity=Severity.CRITICAL,
                text="1000 MiB of 1000 MiB swap used (100%, threshold 90%); MemAvailable runs out in 6 to 8 h",
                measured=1.0,
                limit=0.9,
            ),
        ),
        (
            101,
            (),
            Evidence(
                severity=Severity.WARNING,
                text="899 MiB of 1000 MiB swap used (90%, threshold 80%)",
                measured=0.899,
                limit=0.8,
            ),
        ),
    ],
)
def test_it_is_critical_with_a_present_danger(free_mib: int, others: tuple[object, ...], expected: Evidence) -> None:
    """99 of 4,000 MiB available and little swap, or a date; with 199 MiB of memory alone it takes the date."""
    available_mib = 99 if not others else 2000
    meminfo = memory(
        total_bytes=4000 * MIB,
        available_bytes=available_mib * MIB,
        swap_total_bytes=1000 * MIB,
        swap_free_bytes=free_mib * MIB,
    )

    assert expected == check(one_sample(meminfo, *others))


def test_the_incidents_affected_node_is_below_the_limit() -> None:
    """48%: this rule was silent while the node died."""
    assert check(affected_node()) is None


def test_a_node_without_swap_is_healthy() -> None:
    """Nothing of nothing is not full."""
    assert check(one_sample(memory(swap_total_bytes=0, swap_free_bytes=0))) is None


@pytest.mark.parametrize("meminfo", [memory(swap_free_bytes=0), memory(swap_total_bytes=MIB)])
def test_missing_evidence_is_not_healthy(meminfo: Meminfo) -> None:
    """One of the two fields is not enough."""
    with pytest.raises(AbsentError, match="Swap"):
        check(one_sample(meminfo))


@pytest.mark.parametrize(
    ("now", "boot_id", "words"),
    [
        (
            "pswpin 1000\npswpout 2560",
            "3f0c2d51",
            "; 9.8 MiB swapped out and 3.5 MiB swapped in since the last scan 5 min ago",
        ),
        ("pswpin 100\npswpout 50", "3f0c2d51", "; nothing was swapped since the last scan 5 min ago"),
        ("pswpin 99\npswpout 50", "3f0c2d51", ""),
        ("pswpout 60", "3f0c2d51", ""),
        ("pswpin 1000\npswpout 2560", "ffffffff", ""),
    ],
)
def test_what_moved_since_the_last_scan_separates_history_from_a_problem(now: str, boot_id: str, words: str) -> None:
    """Where it is known: not from a counter that ran backwards, nor from one of another boot."""
    last = Reading(at_epoch_seconds=1_799_999_700, boot_id=boot_id, swapped_in_pages=100, swapped_out_pages=50)
    found = check(
        one_sample(
            memory(swap_total_bytes=1000 * MIB, swap_free_bytes=200 * MIB),
            vmstat.parse(now),
            host.parse("boot_id 3f0c2d51-6c0a-4d5e-9a55-5b1f1f0f7a10\npage_bytes 4096"),
            History(at_epoch_seconds=1_800_000_000, readings=(last,)),
        )
    )

    assert found is not None
    assert found.text == f"800 MiB of 1000 MiB swap used (80%, threshold 80%){words}"
