"""The rule pod_addresses_exhausted: the VPC CNI's complaint."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.capture.procfs import journal, pods
from fleetscan.diagnosis.rules.pod_addresses_exhausted import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window
from tests.fixtures.clusters import view

LINE = (
    "Failed to increase pool size due to: CreateNetworkInterface: InsufficientFreeAddressesInSubnet: The specified "
    "subnet does not have enough free addresses"
)


def window(*values: object) -> Window:
    """Return a node of which these sources are known."""
    return Window(first=Sample(), last=Sample(values))


def test_one_line_is_enough() -> None:
    """With the number of pods beside it."""
    read = journal.parse(f"read lines=80\naddress_missing 4 {LINE}")
    expected = Evidence(
        severity=Severity.WARNING,
        text=f"the VPC CNI had no address for a pod, 4 lines in the journal's last 20 min: {LINE}; the node runs "
        "14 pods",
        measured=4.0,
        limit=1.0,
    )

    assert expected == check(window(read, pods.parse("total count=14")))


@pytest.mark.parametrize(
    ("allocatable", "words"), [(58, "; the node runs 14 pods of at most 58"), (None, "; the node runs 14 pods")]
)
def test_the_pods_stand_beside_what_the_node_takes(allocatable: int | None, words: str) -> None:
    """With 14 of 58 the subnet is full, not the instance."""
    seen = replace(view(), allocatable_pods=allocatable)
    read = journal.parse(f"read lines=80\naddress_missing 4 {LINE}")
    found = check(window(read, pods.parse("total count=14"), seen))

    assert found is not None
    assert found.text.endswith(words)


def test_a_journal_without_it_is_no_finding() -> None:
    """Whatever else it holds."""
    assert check(window(journal.parse("read lines=80\npleg 4 PLEG is not healthy"))) is None


def test_without_the_journal_it_is_skipped() -> None:
    """Not read is not silent."""
    with pytest.raises(AbsentError, match="Journal was not collected"):
        check(window())
