"""The rule pod_sync_failing: containers that the kubelet cannot create or stop."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import journal
from fleetscan.diagnosis.rules.pod_sync_failing import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window

CREATE = 'err="failed to StartContainer for main with RunContainerError: OCI runtime create failed: runc create failed"'
HOSTS = '"StartContainer from runtime service failed" err="error mounting /etc-hosts to rootfs at /etc/hosts"'
KILL = (
    'err="failed to KillContainer for web with KillContainerError: rpc error: code = DeadlineExceeded" pod="shop/web-0"'
)
ENDING = '"Pod still has one or more containers in the non-exited state and will not be removed from desired state"'
END = "many lines may be of one pod, whose problem it then is"


def window(*rows: str) -> Window:
    """Return a node whose journal was reduced to these rows."""
    return Window(first=Sample(), last=Sample([journal.parse("\n".join(("read lines=300", *rows)))]))


def test_a_container_that_does_not_end_is_a_warning_from_the_second_line_on() -> None:
    """With the line, which names the pod."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="a container was killed and did not end in time: its pod stays in Terminating, 2 lines in the journal's "
        f"last 20 min: {KILL}; {END}",
        measured=2.0,
        limit=2.0,
    )

    assert expected == check(window(f"pod_not_ended 2 {KILL}"))


def test_the_worst_comes_first_and_the_others_after_it() -> None:
    """However many lines the others have."""
    expected = Evidence(
        severity=Severity.WARNING,
        text=f"the /etc/hosts of a pod could not be mounted, 1 line in the journal's last 20 min: {HOSTS}; a container "
        f"could not be created (OCI runtime create failed), 9 lines: {CREATE}; {END}",
        measured=1.0,
        limit=1.0,
    )

    assert expected == check(window(f"container_not_created 9 {CREATE}", f"hosts_mount_failed 1 {HOSTS}"))


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        (f"pod_not_ended 1 {KILL}", Severity.INFO),
        (f"pod_not_ended 2 {KILL}", Severity.WARNING),
        (f"hosts_mount_failed 1 {HOSTS}", Severity.WARNING),
        (f"container_not_created 39 {CREATE}", Severity.INFO),
        (f"container_not_created 40 {CREATE}", Severity.WARNING),
        (f"pod_ending 290 {ENDING}", Severity.INFO),
        ("pleg 2 PLEG is not healthy", None),
    ],
)
def test_at_the_limits(row: str, severity: Severity | None) -> None:
    """One pod that is started again and again is no problem of the node; that a pod ends is none at all."""
    found = check(window(row))

    assert severity is (None if found is None else found.severity)


def test_without_the_journal_it_is_skipped() -> None:
    """Not read is not silent."""
    with pytest.raises(AbsentError, match="Journal was not collected"):
        check(Window(first=Sample(), last=Sample()))
