"""Pods by the memory they hold, beside what they asked for."""

from __future__ import annotations

from datetime import UTC, datetime

from fleetscan.capture.procfs import pods, slices
from fleetscan.diagnosis.measures.pod_memory import PodMemory, in_all, pod_memory, used_by_all
from fleetscan.model.kubernetes import ScheduledPod, ScheduledPods
from tests.fixtures.windows import MIB, one_sample

UID = "0b1f9a4e-55d0-4d7e-8f57-3c1a2f0e9d11"
OTHER = "7c2d8e10-9a1b-4c3d-8e5f-6a7b8c9d0e1f"
SEEN = pods.parse(
    f"total count=14\n{UID} {UID} {400 * MIB} max burstable\n"
    f"{OTHER} live/kafka-0 {100 * MIB} {512 * MIB} guaranteed\n"
    f"{OTHER[:-1]}0 live/stray 5 max besteffort"
)
CHECKOUT = ScheduledPod(
    namespace="live",
    name="checkout-6c9f7d5b8-x2x9q",
    uid=UID,
    owner_kind="Deployment",
    owner_name="checkout",
    memory_request_bytes=64 * MIB,
    unlimited_containers=("app",),
)
KAFKA = ScheduledPod(namespace="live", name="kafka-0", memory_limit_bytes=512 * MIB)


def test_a_pod_is_known_to_the_api_by_its_uid_or_its_name() -> None:
    """What it does not know is not described, which is something else than "no request"."""
    scheduled = ScheduledPods(pods=(CHECKOUT, KAFKA), at=datetime(2026, 1, 15, tzinfo=UTC))
    expected = (
        PodMemory(
            name="live/checkout-6c9f7d5b8-x2x9q",
            used_bytes=400 * MIB,
            limit_bytes=None,
            is_described=True,
            request_bytes=64 * MIB,
            owner="Deployment live/checkout",
            unlimited_containers=("app",),
        ),
        PodMemory(name="live/kafka-0", used_bytes=100 * MIB, limit_bytes=512 * MIB, is_described=True),
        PodMemory(name="live/stray", used_bytes=5, limit_bytes=None),
    )

    assert expected == pod_memory(one_sample(SEEN, scheduled))


def test_the_cgroup_above_all_pods_says_what_all_of_them_hold() -> None:
    """None where it was not reported, which is not zero."""
    assert used_by_all(one_sample(slices.parse("kubepods.slice memory_bytes=7\nsystem.slice memory_bytes=9"))) == 7
    assert used_by_all(one_sample(slices.parse("kubepods.slice memory_bytes=-"))) is None
    assert used_by_all(one_sample()) is None


def test_requests_and_limits_are_summed() -> None:
    """Those that are set; nothing is said where the API was not asked."""
    three = (
        CHECKOUT,
        KAFKA,
        ScheduledPod(namespace="live", name="b", memory_limit_bytes=MIB, memory_request_bytes=MIB),
    )
    words = in_all(one_sample(ScheduledPods(pods=three, at=datetime(2026, 1, 15, tzinfo=UTC))))

    assert [part in words for part in ("3 pods", "65 MiB", "1 has no limit", "513 MiB")] == [True] * 4
    assert in_all(one_sample()) == ""
