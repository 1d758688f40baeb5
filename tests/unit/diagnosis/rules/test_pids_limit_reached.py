"""The rule pids_limit_reached: rejected forks by the cgroup that they were rejected in, and all pods' own limit."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import pods, slices
from fleetscan.diagnosis.rules.pids_limit_reached import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from tests.fixtures.kernel_lines import logged, without_a_log

FORK = "cgroup: fork rejected by pids controller in "
UNIT = "/kubepods-burstable-pod335fba46_8545_4891_9195_e4ef431cc050.slice/cri-containerd-0123456789ab.scope"
UID = "335fba46-8545-4891-9195-e4ef431cc050"
RUNNING = pods.parse(f"total count=1\n{UID} live/shop-9 2776629248 max burstable")


@pytest.mark.parametrize(
    ("path", "others", "who", "severity"),
    [
        (f"{UNIT},pod=live/shop-9", (), "pod live/shop-9", Severity.WARNING),
        (UNIT, (RUNNING,), "pod live/shop-9", Severity.WARNING),
        (UNIT, (), f"pod {UID}", Severity.WARNING),
        (f"/kubepods/burstable/pod{UID}/0123456789ab", (), f"pod {UID}", Severity.WARNING),
        ("/kubepods.slice", (), "all pods together", Severity.CRITICAL),
        ("/kubepods.slice/kubepods-burstable.slice", (), "all pods together", Severity.CRITICAL),
        ("/kubepods", (), "all pods together", Severity.CRITICAL),
        (
            "/system.slice/containerd.service",
            (),
            "/system.slice/containerd.service",
            Severity.CRITICAL,
        ),
        ("/runtime.slice/kubelet.service", (), "/runtime.slice/kubelet.service", Severity.CRITICAL),
        (
            "/user.slice/user-1000.slice/session-3.scope",
            (),
            "/user.slice/user-1000.slice/session-3.scope",
            Severity.WARNING,
        ),
    ],
)
def test_the_path_says_who_and_how_bad_it_is(
    path: str, others: tuple[object, ...], who: str, severity: Severity
) -> None:
    """A pod at its own limit is its own trouble; all pods, the runtime and the kubelet are the node's."""
    logged_text = f"1 line in the kernel log within 24 h, the last 1 min ago: {FORK}{path}"
    text = f"{who} reached its limit of processes: {logged_text}"
    expected = Evidence(severity=severity, text=text, measured=1.0, limit=1.0)

    assert expected == check(logged(f"fork_rejected 60 {FORK}{path}", others=others))


def test_the_node_s_own_trouble_comes_before_a_newer_one_of_a_pod_while_it_is_new() -> None:
    """After an hour it is a warning, and the newest is reported."""
    pod = f"fork_rejected 10 {FORK}{UNIT}"
    new = check(logged(pod, f"fork_rejected 3600 {FORK}/kubepods.slice"))
    old = check(logged(pod, f"fork_rejected 3601 {FORK}/kubepods.slice"))

    assert new is not None
    assert old is not None
    assert (new.severity, new.text.startswith("all pods together"), new.measured) == (Severity.CRITICAL, True, 2.0)
    assert (old.severity, old.text.startswith(f"pod {UID}"), old.measured) == (Severity.WARNING, True, 2.0)


@pytest.mark.parametrize(
    ("tasks", "severity", "shown"),
    [
        (1000, Severity.CRITICAL, "1,000 of 1,000 processes and threads (100%, threshold 100%)"),
        (900, Severity.WARNING, "900 of 1,000 processes and threads (90%, threshold 90%)"),
    ],
)
def test_all_pods_near_to_their_limit_are_found_without_a_line(tasks: int, severity: Severity, shown: str) -> None:
    """The kernel's own count, also where the log cannot be read."""
    kubepods = slices.parse(f"kubepods.slice memory_bytes=1 pids={tasks} pids_max=1000\nsystem.slice memory_bytes=1")
    expected = Evidence(
        severity=severity,
        text=f"all pods together have {shown}: at the limit none can start another",
        measured=tasks / 1000,
        limit=1.0 if severity is Severity.CRITICAL else 0.9,
    )

    assert expected == check(without_a_log(kubepods))


def test_room_and_a_silent_log_are_healthy_and_an_unknown_day_is_skipped() -> None:
    """No limit at all is room, too."""
    for limit in ("1000", "max"):
        kubepods = slices.parse(f"kubepods.slice memory_bytes=1 pids=899 pids_max={limit}")

        assert check(logged(f"fork_rejected 86401 {FORK}{UNIT}", others=(kubepods,))) is None
        with pytest.raises(AbsentError, match="KernelLog was not collected"):
            check(without_a_log(kubepods))
