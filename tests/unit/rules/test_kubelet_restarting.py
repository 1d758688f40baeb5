"""The rule kubelet_restarting: starts of the kubelet and containerd in 20 minutes."""

from __future__ import annotations

import pytest

from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window
from fleetscan.procfs import services
from fleetscan.rules.kubelet_restarting import check

OLD_KUBELET = "kubelet pid=811 age_seconds=1200 rss_bytes=98566144"
OLD_CONTAINERD = "containerd pid=702 age_seconds=1186300 rss_bytes=61865984"


def window(*lines: str) -> Window:
    """Return a node with these services."""
    return Window(first=Sample(), last=Sample([services.parse("\n".join(lines))]))


@pytest.mark.parametrize(("name", "other"), [("kubelet", OLD_CONTAINERD), ("containerd", OLD_KUBELET)])
def test_five_starts_are_a_warning(name: str, other: str) -> None:
    """Exactly five."""
    expected = Evidence(
        severity=Severity.WARNING,
        text=f"{name} was started 5 times in 20 min, the last time 4 min ago",
        measured=5.0,
        limit=5.0,
    )

    assert expected == check(window(f"{name} pid=9 age_seconds=240 rss_bytes=1 starts_20m=5", other))


def test_four_starts_are_well() -> None:
    """Just below the limit."""
    assert check(window("kubelet pid=9 age_seconds=240 rss_bytes=1 starts_20m=4", OLD_CONTAINERD)) is None


def test_old_services_need_no_count() -> None:
    """Whoever runs for 20 minutes was not started in them."""
    assert check(window(OLD_KUBELET, OLD_CONTAINERD)) is None


def test_a_young_service_without_a_count_is_neither_well_nor_restarting() -> None:
    """It may be the first start or the tenth."""
    with pytest.raises(AbsentError, match="kubelet was started 19 min 59 s ago and its starts were not counted"):
        check(window("kubelet pid=9 age_seconds=1199 rss_bytes=1", OLD_CONTAINERD))


@pytest.mark.parametrize(("line", "missing"), [(OLD_KUBELET, "containerd"), (OLD_CONTAINERD, "kubelet")])
def test_a_service_that_was_not_seen_is_not_well(line: str, missing: str) -> None:
    """It may be between two starts."""
    with pytest.raises(AbsentError, match=f"{missing} was not seen"):
        check(window(line))


def test_without_the_services_the_rule_is_skipped() -> None:
    """Not collected is not running."""
    with pytest.raises(AbsentError, match="Services was not collected"):
        check(Window(first=Sample(), last=Sample()))
