"""What the kernel log says about a day, and whether its silence means anything."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import kernel_log, uptime
from fleetscan.capture.procfs.kernel_log import KernelEvent
from fleetscan.diagnosis.measures.kernel_events import RECENT_SECONDS, recent_events
from fleetscan.errors import AbsentError
from fleetscan.model import Window
from tests.fixtures.windows import one_sample


def node(oldest: str, *events: str, up_seconds: int | None = None) -> Window:
    """Return a node with this kernel log."""
    text = "\n".join([f"read lines=812 oldest_age_seconds={oldest}", *events])
    others = [] if up_seconds is None else [uptime.parse(f"{up_seconds}.0 0.0")]
    return one_sample(kernel_log.parse(text), *others)


def test_events_of_a_kind_and_a_day_come_newest_first() -> None:
    """Exactly a day ago counts, a second more does not."""
    log = (
        f"task_hung {RECENT_SECONDS} old",
        f"task_hung {RECENT_SECONDS + 1} older",
        "task_hung 60 new",
        "oom_kill 5 x",
    )
    expected = (
        KernelEvent(kind="task_hung", age_seconds=60, text="new"),
        KernelEvent(kind="task_hung", age_seconds=RECENT_SECONDS, text="old"),
    )

    assert expected == recent_events(node("60", *log), "task_hung", "soft_lockup")


@pytest.mark.parametrize(
    ("oldest", "up_seconds"), [(str(RECENT_SECONDS), None), ("3300", 3600), (str(RECENT_SECONDS), 10 * RECENT_SECONDS)]
)
def test_silence_that_reaches_back_a_day_or_to_the_boot_is_known(oldest: str, up_seconds: int | None) -> None:
    """The first line may be five minutes younger than the boot."""
    assert recent_events(node(oldest, up_seconds=up_seconds), "task_hung") == ()


@pytest.mark.parametrize(
    ("oldest", "up_seconds"),
    [("-", None), (str(RECENT_SECONDS - 1), None), ("3299", 3600), (str(RECENT_SECONDS - 1), 10 * RECENT_SECONDS)],
)
def test_silence_of_a_log_that_has_wrapped_is_no_evidence(oldest: str, up_seconds: int | None) -> None:
    """What happened before is not known."""
    with pytest.raises(AbsentError, match="kernel log"):
        recent_events(node(oldest, up_seconds=up_seconds), "task_hung")
