"""The rule runtime_memory_high: the kubelet's and the runtime's own memory."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.runtime_memory_high import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Suspect, Window
from tests.fixtures.windows import GIB, MIB, memory, one_sample, parsed


def node(*services: tuple[str, int], total_mib: int = 8000, available_mib: int = 4000) -> Window:
    """Return a node with these services, each with so many MiB."""
    text = "\n".join(
        f"{name} pid={812 + place} age_seconds=9000 rss_bytes={mib * MIB}" for place, (name, mib) in enumerate(services)
    )
    meminfo = memory(total_bytes=total_mib * MIB, available_bytes=available_mib * MIB)
    return one_sample(meminfo, parsed("services", text))


def evidence(mib: int, severity: Severity, limit: float, text: str) -> Evidence:
    """Return what is expected of containerd with so much of 8,000 MiB."""
    return Evidence(
        severity=severity,
        text=text,
        measured=mib / 8000,
        limit=limit,
        suspects=(
            Suspect(
                kind="process",
                name="containerd",
                reason=f"uses {text.split(' uses ')[1].split(' of ', maxsplit=1)[0]} outside of pods (pid 813)",
                share=mib / 8000,
            ),
        ),
    )


@pytest.mark.parametrize(
    ("mib", "available_mib", "expected"),
    [
        (799, 4000, None),
        (
            800,
            100,
            evidence(800, Severity.WARNING, 0.10, "containerd (pid 813) uses 800 MiB of 7.8 GiB (10%, threshold 10%)"),
        ),
        (
            4000,
            4000,
            evidence(4000, Severity.WARNING, 0.10, "containerd (pid 813) uses 3.9 GiB of 7.8 GiB (50%, threshold 10%)"),
        ),
        (
            4000,
            100,
            evidence(
                4000,
                Severity.CRITICAL,
                0.25,
                "containerd (pid 813) uses 3.9 GiB of 7.8 GiB (50%, threshold 25%); only 100 MiB (1.2%) is left",
            ),
        ),
    ],
)
def test_a_tenth_of_the_memory_is_much(mib: int, available_mib: int, expected: Evidence | None) -> None:
    """Much alone is a warning; the largest of the services is told."""
    assert expected == check(node(("kubelet", 120), ("containerd", mib), available_mib=available_mib))


def test_a_tenth_of_a_small_node_is_a_healthy_kubelet() -> None:
    """120 of 1,000 MiB."""
    assert check(node(("kubelet", 120), total_mib=1000)) is None


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ([], "Services was not collected"),
        ([parsed("services", "")], "neither the kubelet nor a container runtime was found"),
        ([parsed("services", "kubelet pid=1 age_seconds=1 rss_bytes=1")], "Meminfo was not collected"),
        ([memory(free_bytes=GIB), parsed("services", "kubelet pid=1 age_seconds=1 rss_bytes=1")], "MemTotal was not"),
    ],
)
def test_without_services_or_the_whole_it_is_skipped(values: list[object], missing: str) -> None:
    """A share of nothing is none."""
    with pytest.raises(AbsentError, match=missing):
        check(one_sample(*values))
