"""The rule ip_forwarding_disabled: a worker that forwards no packets."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import host, services
from fleetscan.diagnosis.rules.ip_forwarding_disabled import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window

KUBELET = services.parse("kubelet pid=702 age_seconds=9000 rss_bytes=61865984")
CONTAINERD = services.parse("containerd pid=702 age_seconds=9000 rss_bytes=61865984")
OFF = host.parse("kernel 6.1.141\nip_forward 0")


def window(*values: object) -> Window:
    """Return a node of which these sources are known."""
    return Window(first=Sample(), last=Sample(values))


def test_a_worker_that_forwards_no_packets_is_a_warning() -> None:
    """Its pods reach nothing."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="net.ipv4.ip_forward is 0 (must be 1): packets of pods are not forwarded",
        measured=0.0,
        limit=1.0,
    )

    assert expected == check(window(OFF, KUBELET))


@pytest.mark.parametrize("text", ["kernel 6.1.141", "kernel 6.1.141\nip_forward 1", "kernel 6.1.141\nip_forward 2"])
def test_a_node_that_says_nothing_else_forwards(text: str) -> None:
    """The script has a line only where the setting is 0."""
    assert check(window(host.parse(text), KUBELET)) is None


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ((OFF, CONTAINERD), "no kubelet runs: the machine may be no worker, and need not forward packets"),
        ((OFF,), "Services was not collected"),
        ((KUBELET,), "Host was not collected"),
    ],
)
def test_a_machine_that_may_be_no_worker_is_skipped(values: tuple[object, ...], reason: str) -> None:
    """A laptop with containerd forwards nothing, and need not."""
    with pytest.raises(AbsentError, match=reason):
        check(window(*values))
