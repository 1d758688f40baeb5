"""What the kubelet and the container runtime logged in the last 20 minutes."""

from __future__ import annotations

from fleetscan.capture.procfs.journal import Journal, JournalEvent
from fleetscan.errors import AbsentError
from fleetscan.model import Window

JOURNAL_SECONDS = 20 * 60
"""The journal is read so far back, and 300 lines at most."""

LINES_OF_20_MINUTES = "in the journal's last 20 min"

_INOTIFY = ("inotify", "fsnotify")


def journal_of(window: Window) -> Journal:
    """Return the journal; AbsentError where it was not read, or has no line of the kubelet or the runtime."""
    journal = window.last[Journal]
    if not journal.lines_read and not journal.events:
        raise AbsentError("the journal has no line of the kubelet or the container runtime")
    return journal


def event(journal: Journal, kind: str) -> JournalEvent | None:
    """Return the event of a kind; None where there is none."""
    return next((one for one in journal.events if one.kind == kind), None)


def is_of_inotify(one: JournalEvent) -> bool:
    """Return whether an event is about inotify: its watches run out with "no space left on device" (ENOSPC)."""
    text = one.text.lower()
    return one.kind == "inotify" or (one.kind == "no_space" and any(words in text for words in _INOTIFY))
