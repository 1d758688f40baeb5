"""The section ``services``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import services
from fleetscan.capture.procfs.services import Service, Services
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Services(
        services=(
            Service(name="kubelet", pid=811, age_seconds=240, rss_bytes=98566144, starts_in_20_minutes=5, state="S"),
            Service(
                name="containerd",
                pid=702,
                age_seconds=1186300,
                rss_bytes=61865984,
                starts_in_20_minutes=None,
                state="D",
                state_again="D",
            ),
        )
    )

    assert expected == services.parse(documented(services))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("kubelet pid=1 age_seconds=1", "services, line 1: rss_bytes is missing", id="not enough fields"),
        pytest.param(
            "kubelet pid=1 age_seconds=1 rss_bytes=1\nkubelet pid=1 age_seconds=1 rss_bytes=1",
            "services, line 2: 'kubelet' is given twice",
            id="duplicate",
        ),
        pytest.param(
            "kubelet pid=1 pid=1 age_seconds=1 rss_bytes=1",
            "services, line 1: 'pid' is given twice",
            id="duplicate field",
        ),
        pytest.param(
            "kubelet pid=1 age_seconds=1 rss_bytes=1 state=SS",
            "services, line 1: state is not a letter: 'SS'",
            id="no state",
        ),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        services.parse(text)

    assert error == str(raised.value)


def test_no_row_means_that_neither_was_seen() -> None:
    """An empty list is a value: the node looked."""
    expected = Services(services=())

    assert expected == services.parse("")


def test_a_service_whose_age_or_memory_is_not_known_is_not_listed() -> None:
    """It ended while it was read, or the tree is a recording without /proc/uptime."""
    expected = Services(
        services=(Service(name="kubelet", pid=1, age_seconds=2, rss_bytes=3, starts_in_20_minutes=None),)
    )

    assert expected == services.parse(
        "kubelet pid=1 age_seconds=2 rss_bytes=3\ncontainerd pid=5 age_seconds=- rss_bytes=3"
    )
