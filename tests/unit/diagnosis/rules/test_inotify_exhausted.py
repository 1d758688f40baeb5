"""The rule inotify_exhausted: instances of one user against the limit, and the complaint in the journal."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import inotify, journal
from fleetscan.diagnosis.rules.inotify_exhausted import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window

WATCH = "failed to create fsnotify watcher: no space left on device"


def window(*values: object) -> Window:
    """Return a node of which these sources are known."""
    return Window(first=Sample(), last=Sample(values))


def held(instances: int) -> object:
    """Return the table with root's instances, and one more user's."""
    return inotify.parse(
        f"max_user_instances 128\nmax_user_watches 8192\nuser 1000 instances=3\nuser 0 instances={instances}"
    )


def test_ninety_percent_of_the_instances_is_a_warning() -> None:
    """116 of 128."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="user 0 holds 116 of 128 inotify instances (91%, threshold 90%)",
        measured=116 / 128,
        limit=0.9,
    )

    assert expected == check(window(held(116), journal.parse("read lines=80")))


def test_a_complaint_is_a_warning_whatever_is_held() -> None:
    """Watches run out with "no space left on device", which is no full disk."""
    said = journal.parse(f"read lines=80\nno_space 2 {WATCH}\ninotify 1 inotify_init1: too many open files")
    expected = Evidence(
        severity=Severity.WARNING,
        text=f"inotify is used up, 3 lines in the journal's last 20 min: {WATCH}; user 0 holds 20 of 128 inotify "
        "instances (16%, threshold 90%); each user may have 8,192 watches",
        measured=1.0,
        limit=0.9,
    )

    assert expected == check(window(held(20), said))
    assert check(window(said)) is not None


@pytest.mark.parametrize(
    "values",
    [
        (held(115),),
        (inotify.parse("max_user_watches 8192\nuser 0 instances=500"),),
        (inotify.parse("max_user_instances 128"),),
        (journal.parse("read lines=80\nno_space 2 write /var/log/x: no space left on device"),),
    ],
    ids=["just below", "no limit is known", "nobody holds any", "a full disk"],
)
def test_what_is_no_finding(values: tuple[object, ...]) -> None:
    """Below the limit, or nothing to compare with."""
    assert check(window(*values)) is None


def test_without_either_source_it_is_skipped() -> None:
    """Neither counted nor read."""
    with pytest.raises(AbsentError, match="neither the journal nor the inotify instances were collected"):
        check(window())
