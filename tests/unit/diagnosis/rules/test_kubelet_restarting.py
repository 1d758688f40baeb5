"""The rule kubelet_restarting: starts of the kubelet and containerd in 20 minutes."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import host, services, uptime
from fleetscan.diagnosis.rules.kubelet_restarting import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window
from fleetscan.model.memory import History, Reading

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
        text=f"{name} started 5 times in 20 min (threshold 5), the last time 4 min ago",
        measured=5.0,
        limit=5.0,
    )

    assert expected == check(window(f"{name} pid=9 age_seconds=240 rss_bytes=1 starts_20m=5", other))


@pytest.mark.parametrize("runtime", ["dockerd", "crio"])
def test_another_runtime_is_one(runtime: str) -> None:
    """A node has one of them."""
    found = check(window(OLD_KUBELET, f"{runtime} pid=9 age_seconds=60 rss_bytes=1 starts_20m=6"))

    assert found is not None
    assert found.text == f"{runtime} started 6 times in 20 min (threshold 5), the last time 1 min ago"
    assert check(window(OLD_KUBELET, f"{runtime} pid=9 age_seconds=1200 rss_bytes=1")) is None


def test_four_starts_are_healthy() -> None:
    """Just below the limit."""
    assert check(window("kubelet pid=9 age_seconds=240 rss_bytes=1 starts_20m=4", OLD_CONTAINERD)) is None


YOUNG = "kubelet pid=9 age_seconds=20 rss_bytes=1 starts_20m="


@pytest.mark.parametrize(
    ("kubelet", "uptime_seconds", "text"),
    [
        (
            f"{YOUNG}0",
            1_186_401,
            (
                "kubelet restarted 20 s ago, 13 d 17 h after the boot, and the journal has no line of its start: how "
                "often it restarts is unknown"
            ),
        ),
        (f"{YOUNG}3", 1_186_401, None),
        (f"{YOUNG}0", 619, None),
        ("kubelet pid=9 age_seconds=1200 rss_bytes=1 starts_20m=0", 1_186_401, None),
    ],
    ids=["no line", "three starts", "the node boots", "old"],
)
def test_a_start_of_which_the_journal_has_no_line_is_a_warning(
    kubelet: str, uptime_seconds: int, text: str | None
) -> None:
    """Under another name of its unit a service may restart every minute and not be counted."""
    seen = services.parse(f"{kubelet}\n{OLD_CONTAINERD}")
    found = check(Window(first=Sample(), last=Sample([seen, uptime.parse(f"{uptime_seconds} 1")])))

    assert (None if found is None else found.text) == text


def test_old_services_need_no_count() -> None:
    """Whoever runs for 20 minutes was not started in them."""
    assert check(window(OLD_KUBELET, OLD_CONTAINERD)) is None


def test_a_young_service_without_a_count_is_neither_healthy_nor_restarting() -> None:
    """It may be the first start or the tenth."""
    with pytest.raises(AbsentError, match="kubelet was started 19 min 59 s ago and its starts were not counted"):
        check(window("kubelet pid=9 age_seconds=1199 rss_bytes=1", OLD_CONTAINERD))


@pytest.mark.parametrize(("line", "missing"), [(OLD_KUBELET, "no container runtime"), (OLD_CONTAINERD, "kubelet")])
def test_a_service_that_was_not_seen_is_not_healthy(line: str, missing: str) -> None:
    """It may be between two starts."""
    with pytest.raises(AbsentError, match=f"{missing} was( not)? found among"):
        check(window(line))


def test_without_the_services_the_rule_is_skipped() -> None:
    """Not collected is not running."""
    with pytest.raises(AbsentError, match="Services was not collected"):
        check(Window(first=Sample(), last=Sample()))


def remembered(*started_seconds: int | None, boot_id: str = "3f0c2d51", every: int = 600) -> Window:
    """Return a node up for an hour whose kubelet started a minute ago, and at these times in the scans before."""
    now = 1_800_000_000
    readings = tuple(
        Reading(
            at_epoch_seconds=now - every * (len(started_seconds) - index),
            boot_id=boot_id,
            kubelet_started_seconds=started,
            containerd_started_seconds=20,
        )
        for index, started in enumerate(started_seconds)
    )
    return Window(
        first=Sample(),
        last=Sample(
            [
                services.parse(f"kubelet pid=9 age_seconds=60 rss_bytes=1 starts_20m=2\n{OLD_CONTAINERD}"),
                uptime.parse("4000.0 0.0"),
                host.parse("boot_id 3f0c2d51-6c0a-4d5e-9a55-5b1f1f0f7a10"),
                History(at_epoch_seconds=now, readings=readings),
            ]
        ),
    )


def test_a_kubelet_that_is_another_one_at_scan_after_scan_is_a_warning() -> None:
    """Twice in 20 minutes is not much, but it goes on like that."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="kubelet had restarted at 5 scans of the last hour (threshold 5); restarts between scans are not counted",
        measured=5.0,
        limit=5.0,
    )

    assert expected == check(remembered(1000, 1600, 2200, 2800, 3400))


@pytest.mark.parametrize(
    "window",
    [
        pytest.param(remembered(1000, 1600, 2200, 2800), id="four times"),
        pytest.param(remembered(100, 1000, 1600, 2200, 2800, every=900), id="five times, the first over an hour ago"),
        pytest.param(remembered(1000, 1600, 2200, 2800, 3400, boot_id="ffffffff"), id="in another boot"),
        pytest.param(remembered(3940, 3941, 3939, 3942, 3940, 3938), id="the same one, read a moment apart"),
        pytest.param(remembered(None, None, None, None, None), id="it was not seen before"),
    ],
)
def test_what_is_remembered_and_no_sign_of_it(window: Window) -> None:
    """The journal's count, which is low, decides."""
    assert check(window) is None
