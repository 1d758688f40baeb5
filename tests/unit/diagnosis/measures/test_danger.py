"""What makes much of something critical: a present danger to the node's memory."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import host, pressure
from fleetscan.diagnosis.measures.danger import DANGER_LIMITS, is_present, memory_danger, reached
from fleetscan.model import Severity, Window
from fleetscan.model.forecast import DAY_SECONDS, Forecast, Runway
from fleetscan.model.memory import History, Reading
from tests.fixtures.windows import GIB, MIB, affected_node, healthy_node, memory, one_sample, surviving_node

STALLS = "memory some avg10=21.00 avg60=20.00 avg300=9.00 total=9"


def left(hours: float, limited_by: str = "memory") -> Runway:
    """Return a runway of so many hours."""
    return Runway(hours_low=hours, hours=hours, hours_high=hours, limited_by=limited_by, text="in 6 to 9 h")


def roomy(*values: object) -> Window:
    """Return a node with a fifth of its memory available."""
    return one_sample(memory(total_bytes=100 * GIB, available_bytes=20 * GIB), *values)


@pytest.mark.parametrize(
    ("window", "words"),
    [
        pytest.param(affected_node(), "tasks wait for memory 99% of the time (PSI)", id="the incident"),
        pytest.param(surviving_node(), "", id="the incident's node with half of its memory left"),
        pytest.param(healthy_node(), "", id="a healthy node"),
        pytest.param(one_sample(), "", id="nothing is known"),
        pytest.param(roomy(pressure.parse(STALLS)), "tasks wait for memory 20% of the time (PSI)", id="stalls"),
        pytest.param(
            one_sample(memory(total_bytes=100 * GIB, available_bytes=25 * GIB), pressure.parse(STALLS)),
            "",
            id="a pod at its own limit stalls",
        ),
        pytest.param(
            one_sample(memory(total_bytes=10 * GIB, available_bytes=511 * MIB)),
            "only 511 MiB (5.0%) is left",
            id="little",
        ),
        pytest.param(one_sample(memory(total_bytes=10 * GIB, available_bytes=512 * MIB)), "", id="a twentieth"),
        pytest.param(one_sample(memory(total_bytes=100 * GIB, available_bytes=2 * GIB)), "", id="2 GiB"),
        pytest.param(
            one_sample(memory(total_bytes=10 * GIB, available_bytes=100 * MIB, swap_free_bytes=500 * MIB)),
            "",
            id="swap is left",
        ),
        pytest.param(
            one_sample(memory(total_bytes=10 * GIB, available_bytes=100 * MIB, swap_free_bytes=100 * MIB)),
            "only 200 MiB (2.0%) of memory and swap is left",
            id="little swap is left",
        ),
        pytest.param(
            one_sample(memory(total_bytes=10 * GIB, available_bytes=100 * MIB, hugetlb_bytes=9 * GIB)),
            "",
            id="a tenth of what is not set aside for huge pages",
        ),
        pytest.param(
            roomy(Forecast(remembered_seconds=DAY_SECONDS), left(11.9)),
            "MemAvailable runs out in 6 to 9 h",
            id="a date",
        ),
        pytest.param(roomy(Forecast(remembered_seconds=DAY_SECONDS), left(12)), "", id="a later date"),
        pytest.param(roomy(Forecast(remembered_seconds=DAY_SECONDS - 1), left(6)), "", id="maybe a busy morning"),
        pytest.param(
            roomy(Forecast(remembered_seconds=7_200), left(6, "slab_unreclaimable")),
            "MemAvailable runs out in 6 to 9 h",
            id="slab has no mornings",
        ),
        pytest.param(roomy(Forecast(reason="no history"), left(6)), "", id="no forecast"),
    ],
)
def test_the_danger_is_told_in_words(window: Window, words: str) -> None:
    """Little is left, tasks wait, or memory runs out within hours; what is not known is no danger."""
    assert memory_danger(window, DANGER_LIMITS) == words


@pytest.mark.parametrize(
    ("ratio", "available_mib", "expected"),
    [
        (0.19, 10, None),
        (0.20, 10, (Severity.WARNING, 0.20, "")),
        (0.30, 10, (Severity.CRITICAL, 0.30, "; only 10 MiB (1.0%) is left")),
        (0.99, 500, (Severity.WARNING, 0.20, "")),
    ],
)
def test_a_share_alone_is_a_warning(
    ratio: float, available_mib: int, expected: tuple[Severity, float, str] | None
) -> None:
    """From the second threshold on it is critical with a danger, and then that is the threshold that counts."""
    window = one_sample(memory(total_bytes=1000 * MIB, available_bytes=available_mib * MIB))
    found = reached(ratio, warning_ratio=0.20, critical_ratio=0.30, window=window, limits=DANGER_LIMITS)

    assert (None if found is None else (found.severity, found.limit, found.danger)) == expected


BOOT = "3f0c2d51-6c0a-4d5e-9a55-5b1f1f0f7a10"


@pytest.mark.parametrize(
    ("age_seconds", "boot_id", "expected"),
    [(900, "ffffffff", True), (901, "ffffffff", False), (3_600, BOOT[:8], True), (3_601, BOOT[:8], False)],
)
def test_an_event_is_present_for_a_quarter_of_an_hour_or_since_the_last_scan(
    age_seconds: int, boot_id: str, *, expected: bool
) -> None:
    """A scan of another boot saw another log."""
    history = History(at_epoch_seconds=9_600, readings=(Reading(at_epoch_seconds=6_000, boot_id=boot_id),))

    assert is_present(age_seconds, one_sample(history, host.parse(f"boot_id {BOOT}"))) is expected
