"""All parts of a run as one: what was seen, and which targets gave no answer and why. Every target planned is in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from fleetscan.immutable import immutable
from fleetscan.model.part import Part, of_target
from fleetscan.model.target import Target, Unseen
from fleetscan.storage.part_codec import Failure

_NO_WORD = re.compile(r"[^\w.-]", re.ASCII)
_ERROR_CHARACTERS = 80
"""The name of an error: a class of ours, or one of Step Functions such as ``States.Timeout``."""


@immutable
class Gathered:
    """What the steps of a run brought."""

    part: Part
    unseen: tuple[Unseen, ...]
    targets: int
    """How many were planned."""

    def is_tolerated(self, percent: int) -> bool:
        """Whether at most this share of the targets is unseen."""
        return len(self.unseen) * 100 <= percent * self.targets


def gathered(
    planned: Sequence[Target],
    answers: Mapping[Target, Part | Failure],
    errors: Mapping[str, str],
    *,
    started_at: datetime,
    home: Target,
) -> Gathered:
    """Return one part with the nodes of all parts, and a note for every target without one.

    ``errors`` has the name of the error by a target's key, where the state machine knows one and the target itself left
    no words: a function that ran out of time writes nothing.
    """
    seen: dict[Target, Part] = {}
    unseen: list[Unseen] = []
    for target in planned:
        answer = answers.get(target, Failure(reason="it gave no answer"))
        if isinstance(answer, Part):
            seen[target] = of_target(answer, target, home)
            continue
        error = _NO_WORD.sub("", errors.get(target.key, ""))[:_ERROR_CHARACTERS]
        reason = f"{answer.reason} ({error})" if error and error not in answer.reason else answer.reason
        is_home = (home.account, home.region) == (target.account, target.region)
        unseen.append(Unseen(target=target, reason=reason, is_home=is_home))
    notes = tuple(
        f"{one.target.text} was not scanned, and of its nodes nothing is known: {one.reason}" for one in unseen
    )
    shared = _shared(list(seen.values()))
    own = [note for target, part in seen.items() for note in _named(part, target, home, shared)]
    return Gathered(
        part=Part(
            started_at=started_at,
            diagnoses=tuple(one for part in seen.values() for one in part.diagnoses),
            empty_clusters=tuple(sorted({cluster for part in seen.values() for cluster in part.empty_clusters})),
            clusters=tuple(view for part in seen.values() for view in part.clusters),
            notes=(*notes, *shared, *own),
        ),
        unseen=tuple(unseen),
        targets=len(planned),
    )


def _shared(parts: Sequence[Part]) -> tuple[str, ...]:
    """Return the notes that every part has: they are of the scan, and of no target in particular."""
    first, *others = [part.notes for part in parts] or [()]
    return tuple(note for note in first if all(note in notes for notes in others))


def _named(part: Part, target: Target, home: Target, shared: Collection[str]) -> tuple[str, ...]:
    """Return a part's own notes, with the target in front where that is not the whole of home."""
    own = [note for note in part.notes if note not in shared]
    if target.shards == 1 and (home.account, home.region) == (target.account, target.region):
        return tuple(own)
    return tuple(f"{target.text}: {note}" for note in own)
