"""The rule memory_limit_missing."""

from __future__ import annotations

import pytest

from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Suspect, Window
from fleetscan.rules.memory_limit_missing import check
from tests.fixtures.windows import MIB, memory, one_sample, parsed


def node(*rows: str) -> Window:
    """Return a node of 1,000 MiB with these pods."""
    pods = parsed("pods", "\n".join([f"total count={len(rows)}", *rows]))
    return one_sample(memory(total_bytes=1000 * MIB), pods)


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
        text="live/checkout uses 381 MiB of 1000 MiB (38 %) and has no memory limit, and 1 more like it",
        measured=0.381,
        limit=0.20,
        suspects=(
            Suspect(kind="pod", name="live/checkout", reason="uses 381 MiB and has no memory limit", share=0.381),
            Suspect(kind="pod", name="live/shop", reason="uses 200 MiB and has no memory limit", share=0.2),
        ),
    )

    assert expected == check(window)


def test_small_and_bounded_pods_are_well() -> None:
    """No limit is no finding by itself."""
    assert (
        check(node(f"u4 live/small {199 * MIB} max burstable", f"u3 live/b {900 * MIB} {950 * MIB} burstable")) is None
    )


@pytest.mark.parametrize(
    "window", [one_sample(memory(total_bytes=MIB)), one_sample(parsed("pods", "total count=0"), memory(free_bytes=1))]
)
def test_missing_evidence_is_not_well(window: Window) -> None:
    """Neither without pods nor without the size of memory."""
    with pytest.raises(AbsentError, match="was not"):
        check(window)
