"""inotify's limits of one user, and who holds how many instances.

First the limits, then the users with the most instances, most first::

    max_user_instances 128
    max_user_watches 8192
    user 0 instances=127
    user 1000 instances=3

Sent only in the detail and only with the trigger ``files``, events of the kind ``inotify`` or every detail asked for:
counting looks at every open file.
https://man7.org/linux/man-pages/man7/inotify.7.html
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "inotify"
_INSTANCES = "max_user_instances"
_WATCHES = "max_user_watches"
_USER = "user"


@immutable
class InotifyUser:
    """A user, and the inotify instances that the user's processes hold."""

    uid: int
    instances: int


@immutable
class Inotify:
    """inotify's limits and who is close to them; None where a limit was not to be had."""

    instances_limit: int | None
    """Most instances of one user."""
    watches_limit: int | None
    """Most watches of one user."""
    users: tuple[InotifyUser, ...]


def parse(text: str) -> Inotify:
    """Parse the section ``inotify``; a text without either limit is a ParseError."""
    found = rows.read(text, source=_SOURCE)
    users = [row for row in found if row.words[0] == _USER]
    limits = rows.read_keyed(text, source=_SOURCE, keys={_INSTANCES, _WATCHES})
    return Inotify(
        instances_limit=_limit(limits.get(_INSTANCES)),
        watches_limit=_limit(limits.get(_WATCHES)),
        users=tuple(_user(row) for row in users),
    )


def _limit(row: rows.Row | None) -> int | None:
    return None if row is None else row.whole_or_none(1, row.words[0])


def _user(row: rows.Row) -> InotifyUser:
    return InotifyUser(uid=row.whole(1, "uid"), instances=row.pairs(2).whole("instances"))
