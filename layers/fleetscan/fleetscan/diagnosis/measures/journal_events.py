"""What the kubelet and the container runtime logged in the last 20 minutes, without what every start logs."""

from __future__ import annotations

from fleetscan.capture.procfs.journal import Journal, JournalEvent

LINES_OF_20_MINUTES = "in the journal's last 20 min"
"""The journal is read 20 minutes back, and 300 lines at most."""

STARTING_LINES = 30
"""A kubelet that starts repeats its doubts for some seconds; above so many lines, one each five seconds at most, it has
waited for two minutes and more (its back-off ends at 5 s)."""

_NOT_YET = (
    "pleg has yet to be successful",
    "status check may not have completed yet",
    "garbage collection failed once",
)
"""What every start of the kubelet logs: its runtime has not been asked yet, its statistics are not there yet."""

_INOTIFY = ("inotify", "fsnotify")


def event(journal: Journal, kind: str) -> JournalEvent | None:
    """Return the event of a kind; None where there is none, or only what every start logs."""
    found = next((one for one in journal.events if one.kind == kind), None)
    return None if found is None or is_of_a_start(found) else found


def is_of_a_start(one: JournalEvent) -> bool:
    """Return whether an event is what a kubelet logs while it starts, and no more often than then."""
    text = one.text.lower()
    return any(words in text for words in _NOT_YET) and one.count < STARTING_LINES


def is_of_inotify(one: JournalEvent) -> bool:
    """Return whether an event is about inotify: its watches run out with "no space left on device" (ENOSPC)."""
    text = one.text.lower()
    return one.kind == "inotify" or (one.kind == "no_space" and any(words in text for words in _INOTIFY))
