"""Combines the parts of a run: the nodes of all targets, and the targets without a result, with the reasons."""

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
"""Length of an error name: a class of this package, or one of Step Functions such as ``States.Timeout``."""


@immutable
class Gathered:
    """The combined results of a run."""

    part: Part
    unseen: tuple[Unseen, ...]
    targets: int
    """Number of planned targets."""

    def is_tolerated(self, percent: int) -> bool:
        """Whether at most this share of the targets has no result."""
        return len(self.unseen) * 100 <= percent * self.targets


def gathered(
    planned: Sequence[Target],
    answers: Mapping[Target, Part | Failure],
    errors: Mapping[str, str],
    *,
    started_at: datetime,
    home: Target,
) -> Gathered:
    """Return one part with the nodes of all parts, and a note for every target without a result.

    ``errors`` maps a target's key to the error name from the state machine, for targets that stored no reason
    themselves: a function that timed out writes nothing.
    """
    seen: dict[Target, Part] = {}
    unseen: list[Unseen] = []
    for target in planned:
        answer = answers.get(target, Failure(reason="it returned no result"))
        if isinstance(answer, Part):
            seen[target] = of_target(answer, target, home)
            continue
        error = _NO_WORD.sub("", errors.get(target.key, ""))[:_ERROR_CHARACTERS]
        reason = f"{answer.reason} ({error})" if error and error not in answer.reason else answer.reason
        is_home = (home.account, home.region) == (target.account, target.region)
        unseen.append(Unseen(target=target, reason=reason, is_home=is_home))
    notes = tuple(
        f"{one.target.text} was not scanned, so the state of its nodes is unknown: {one.reason}" for one in unseen
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
    """Return the notes that all parts share: they belong to the scan as a whole."""
    first, *others = [part.notes for part in parts] or [()]
    return tuple(note for note in first if all(note in notes for notes in others))


def _named(part: Part, target: Target, home: Target, shared: Collection[str]) -> tuple[str, ...]:
    """Return a part's own notes, prefixed with the target unless that is the whole home Region."""
    own = [note for note in part.notes if note not in shared]
    if target.shards == 1 and (home.account, home.region) == (target.account, target.region):
        return tuple(own)
    return tuple(f"{target.text}: {note}" for note in own)
