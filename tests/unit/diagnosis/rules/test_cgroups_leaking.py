"""The rule cgroups_leaking: counted cgroups, and the objects that dead ones leave."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.cgroups_leaking import check
from fleetscan.errors import AbsentError
from fleetscan.model import Cause, Evidence, Severity, Window
from tests.fixtures.windows import cache, caches, one_sample, parsed

PODS = parsed("pods", "total count=14")


def node(text: str, *others: object) -> Window:
    """Return a node with these counts of cgroups."""
    return one_sample(parsed("cgroups", text), *others)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (
            node("memory 1000\ndying 500", PODS),
            Evidence(
                severity=Severity.WARNING,
                text="1,000 memory cgroups on a node with 14 pods, 500 of them (50%) deleted but not freed (dying) "
                "(threshold 1,000)",
                measured=1000,
                limit=1000,
                cause=Cause.CONTAINER_CHURN,
            ),
        ),
        (
            node("memory 4000\ndying 20", PODS),
            Evidence(
                severity=Severity.WARNING,
                text="4,000 memory cgroups on a node with 14 pods, 20 of them (0.5%) deleted but not freed (dying) "
                "(threshold 1,000)",
                measured=4000,
                limit=1000,
            ),
        ),
        (
            node("memory 1000"),
            Evidence(
                severity=Severity.WARNING, text="1,000 memory cgroups (threshold 1,000)", measured=1000, limit=1000
            ),
        ),
        (
            node("memory 2000", caches(cache("dentry", 2_000_000, 192, "1"), cache("kmem_cache", 50_000, 256))),
            Evidence(
                severity=Severity.WARNING,
                text="2,000 memory cgroups (threshold 1,000); 50,000 kmem_cache objects (a node has a few hundred)",
                measured=2000,
                limit=1000,
                cause=Cause.CONTAINER_CHURN,
            ),
        ),
    ],
)
def test_it_fires_at_exactly_the_limit(window: Window, expected: Evidence) -> None:
    """Mostly failing ones, or their objects, are containers that come and go; living ones may be anything."""
    assert expected == check(window)


@pytest.mark.parametrize(
    "window",
    [
        node("memory 999\ndying 998", PODS),
        node("memory 1000\ndying 10", parsed("pods", "total count=125")),
        node("memory 300", caches(cache("kmem_cache", 49_999, 256), cache("kernfs_node_cache", 223_856, 488))),
    ],
)
def test_just_below_and_many_pods_are_healthy(window: Window) -> None:
    """Eight cgroups for each pod are explained; a large sysfs has hundreds of thousands of kernfs nodes."""
    assert check(window) is None


@pytest.mark.parametrize(
    ("row", "text", "limit"),
    [
        (
            cache("kmem_cache_node", 50_000, 64),
            (
                "50,000 kmem_cache_node objects (a node has a few hundred): left over from memory cgroups of "
                "deleted containers"
            ),
            50_000,
        ),
        (
            cache("kernfs_node_cache", 1_672_338, 120),
            (
                "1,672,338 kernfs_node_cache objects (some 60 for each cgroup): left over from memory cgroups of "
                "deleted containers"
            ),
            1_000_000,
        ),
    ],
)
def test_the_objects_of_dead_cgroups_are_enough(row: str, text: str, limit: int) -> None:
    """A recording of slabinfo alone (moby 37722), even when dentry tops the list."""
    expected = Evidence(
        severity=Severity.WARNING,
        text=text,
        measured=int(row.split()[1]),
        limit=limit,
        cause=Cause.CONTAINER_CHURN,
    )

    assert expected == check(one_sample(caches(cache("dentry", 9_000_000, 192, "1"), row)))


@pytest.mark.parametrize("window", [one_sample(), one_sample(caches(cache("dentry", 9, 192))), node("dying 5000")])
def test_missing_evidence_is_not_healthy(window: Window) -> None:
    """Innocent caches do not replace the count."""
    with pytest.raises(AbsentError, match=r"Cgroups was not collected|number of memory cgroups"):
        check(window)
