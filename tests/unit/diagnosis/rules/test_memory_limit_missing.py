"""The rule memory_limit_missing."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.memory_limit_missing import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Suspect, Window
from fleetscan.model.kubernetes import ScheduledPod, ScheduledPods
from tests.fixtures.clusters import NOW, view
from tests.fixtures.windows import MIB, memory, one_sample, parsed


def node(*rows: str) -> Window:
    """Return a node of 1,000 MiB with these pods."""
    pods = parsed("pods", "\n".join([f"total count={len(rows)}", *rows]))
    return one_sample(memory(total_bytes=1000 * MIB), pods)


def test_of_a_list_that_was_cut_it_is_the_least() -> None:
    """Of 40 pods the node listed the largest two."""
    pods = parsed("pods", f"total count=40\nu1 a/a {500 * MIB} max burstable\nu2 a/b {300 * MIB} max burstable")
    found = check(one_sample(memory(total_bytes=1000 * MIB), pods))

    assert found is not None
    assert found.text.endswith("and has no memory limit; at least 1 more pod like it")


def test_it_fires_at_exactly_the_limit_and_names_every_such_pod() -> None:
    """A fifth of the memory; pods with a limit, and small ones, are not named."""
    window = node(
        f"u1 live/checkout {381 * MIB} max burstable",
        f"u2 live/shop {200 * MIB} max besteffort",
        f"u3 live/bounded {300 * MIB} {500 * MIB} guaranteed",
        f"u4 live/small {200 * MIB - 1} max burstable",
    )
    expected = Evidence(
        severity=Severity.INFO,
        text="live/checkout uses 381 MiB of 1000 MiB (38%, threshold 20%) and has no memory limit; 1 more pod like it",
        measured=0.381,
        limit=0.20,
        suspects=(
            Suspect(kind="pod", name="live/checkout", reason="uses 381 MiB and has no memory limit", share=0.381),
            Suspect(kind="pod", name="live/shop", reason="uses 200 MiB and has no memory limit", share=0.2),
        ),
    )

    assert expected == check(window)


def test_small_and_bounded_pods_are_healthy() -> None:
    """No limit is no finding by itself."""
    assert (
        check(node(f"u4 live/small {199 * MIB} max burstable", f"u3 live/b {900 * MIB} {950 * MIB} burstable")) is None
    )


@pytest.mark.parametrize(
    "window", [one_sample(memory(total_bytes=MIB)), one_sample(parsed("pods", "total count=0"), memory(free_bytes=1))]
)
def test_missing_evidence_is_not_healthy(window: Window) -> None:
    """Neither without pods nor without the size of memory."""
    with pytest.raises(AbsentError, match="was not"):
        check(window)


def described(request_mib: int | None = 500, **fields: object) -> ScheduledPods:
    """Return what the API knows of the pods: the incident's, and a bounded neighbour."""
    request_bytes = None if request_mib is None else request_mib * MIB
    named: dict[str, object] = {"unlimited_containers": ("app",), "owner_kind": "Deployment", "owner_name": "checkout"}
    own = ScheduledPod(
        namespace="live",
        name="checkout",
        uid="u1",
        memory_request_bytes=request_bytes,
        **{**named, **fields},  # type: ignore[arg-type]  # by name
    )
    other = ScheduledPod(
        namespace="live", name="b", uid="u2", memory_request_bytes=100 * MIB, memory_limit_bytes=300 * MIB
    )
    return ScheduledPods(pods=(own, other), at=NOW)


def test_the_api_says_which_container_and_what_was_requested() -> None:
    """With the owner, and how all pods' requests and limits compare with what there is."""
    pods = parsed("pods", f"total count=2\nu1 live/checkout {381 * MIB} max burstable")
    seen = view(allocatable_memory_bytes=800 * MIB)
    slices = parsed("slices", f"kubepods.slice memory_bytes={500 * MIB}\nsystem.slice memory_bytes={90 * MIB}")
    evidence = check(one_sample(memory(total_bytes=1000 * MIB), pods, slices, described(), seen))

    assert evidence is not None
    assert evidence.text == (
        "live/checkout uses 381 MiB of 1000 MiB (38%, threshold 20%) and has no memory limit for app (Deployment "
        "live/checkout); memory request 500 MiB; the node's 2 pods use 500 MiB, request 600 MiB of 800 MiB "
        "allocatable, 1 has no limit, the limits of the others add up to 300 MiB"
    )


@pytest.mark.parametrize(("request_mib", "used_mib", "fires"), [(50, 100, True), (51, 100, False), (49, 99, False)])
def test_far_above_its_request_less_is_enough(request_mib: int, used_mib: int, *, fires: bool) -> None:
    """Twice the request and a tenth of the memory, both exactly."""
    pods = parsed("pods", f"total count=2\nu1 live/checkout {used_mib * MIB} max burstable")
    evidence = check(one_sample(memory(total_bytes=1000 * MIB), pods, described(request_mib)))

    assert (evidence is not None) is fires
    assert evidence is None or evidence.measured >= evidence.limit


def test_a_pod_that_requested_nothing_is_said_to() -> None:
    """And one whose name the node does not know is known by its uid."""
    pods = parsed("pods", f"total count=2\nu1 - {381 * MIB} max burstable")
    evidence = check(one_sample(memory(total_bytes=1000 * MIB), pods, described(None, owner_kind="")))

    assert evidence is not None
    assert evidence.text.startswith(
        "live/checkout uses 381 MiB of 1000 MiB (38%, threshold 20%) and has no memory limit for app; "
        "no memory request; "
    )
