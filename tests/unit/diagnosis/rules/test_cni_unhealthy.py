"""The rule cni_unhealthy: the VPC CNI's address manager, by its own log."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import journal, uptime
from fleetscan.diagnosis.rules.cni_unhealthy import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window

FAILED = '"msg":"Failed to check API server connectivity: invalid configuration: no configuration has been provided"'
STARTED = '"caller":"logger/logger.go:49","msg":"Starting L-IPAMD v1.18.3 ..."'


def window(*rows: str, up_seconds: int | None = None) -> Window:
    """Return a node whose journal was reduced to these rows."""
    values: list[object] = [journal.parse("\n".join(("read lines=80", *rows)))]
    if up_seconds is not None:
        values.append(uptime.parse(f"{up_seconds}.00 100.00"))
    return Window(first=Sample(), last=Sample(values))


def test_an_api_server_that_is_not_reached_is_a_warning() -> None:
    """With how often it was started, where that is known."""
    expected = Evidence(
        severity=Severity.WARNING,
        text=f"the VPC CNI (ipamd) cannot reach the API server, 4 lines in ipamd.log's last 20 min: {FAILED}; ipamd "
        "was started 2 times",
        measured=4.0,
        limit=1.0,
    )

    assert expected == check(window(f"cni_not_ready 4 {FAILED}", f"cni_started 2 {STARTED}"))


def test_a_crash_loop_is_a_warning() -> None:
    """Whatever it fails of."""
    expected = Evidence(
        severity=Severity.WARNING,
        text=f"the VPC CNI (ipamd) was started 3 times in ipamd.log's last 20 min (threshold 3): {STARTED}",
        measured=3.0,
        limit=3.0,
    )

    assert expected == check(window(f"cni_started 3 {STARTED}"))


@pytest.mark.parametrize(
    ("rows", "up_seconds", "severity"),
    [
        ((f"cni_not_ready 1 {FAILED}",), None, Severity.WARNING),
        ((f"cni_not_ready 1 {FAILED}",), 1_200, Severity.WARNING),
        ((f"cni_not_ready 1 {FAILED}",), 1_199, Severity.INFO),
        ((f"cni_not_ready 1 {FAILED}", f"cni_started 3 {STARTED}"), 1_199, Severity.WARNING),
        ((f"cni_started 2 {STARTED}",), None, None),
        (("address_missing 4 InsufficientFreeAddressesInSubnet",), None, None),
    ],
)
def test_at_the_limits(rows: tuple[str, ...], up_seconds: int | None, severity: Severity | None) -> None:
    """A node that has just booted may wait for kube-proxy; an update starts ipamd once."""
    found = check(window(*rows, up_seconds=up_seconds))

    assert severity is (None if found is None else found.severity)


def test_without_the_journal_it_is_skipped() -> None:
    """Not read is not silent."""
    with pytest.raises(AbsentError, match="Journal was not collected"):
        check(Window(first=Sample(), last=Sample()))
