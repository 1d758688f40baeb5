"""Recorded hosts with which nothing is known to be wrong: none of them is critical, and what was not recorded is told.

Add a host by adding a file to tests/fixtures/real_hosts; its README says where each is from.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.fixtures import node_cases
from tests.fixtures.node_cases import Outcome
from tests.fixtures.tree_text import lay_out

FOLDER = Path(__file__).parents[1] / "fixtures" / "real_hosts"
HOSTS = sorted(FOLDER.glob("*.txt"))

FOUND: Mapping[str, tuple[str, ...]] = {}
"""What is found on a host besides the evidence that its recording lacks."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    """Return what comes out of each host."""
    folder = tmp_path_factory.mktemp("real_hosts")
    for host in HOSTS:
        lay_out(host.read_text(encoding="utf-8"), folder / host.stem)
    return {host.stem: node_cases.judge(folder / host.stem) for host in HOSTS}


@pytest.mark.parametrize("host", [host.stem for host in HOSTS])
def test_no_real_host_is_called_critical_or_healthy(host: str, outcomes: Mapping[str, Outcome]) -> None:
    """Excerpts without a kernel log and without Kubernetes: unknown, with the reason, and nothing that is wrong."""
    expected = ("unknown", (*FOUND.get(host, ()), "warning evidence_incomplete"))

    assert expected == (outcomes[host].condition, outcomes[host].found)


def test_there_are_five_and_each_is_in_the_readme() -> None:
    """With where it is from, and its licence."""
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert len(HOSTS) >= 5
    assert [host.name for host in HOSTS if f"| `{host.name}` |" not in readme] == []
