"""One bad instance id fails a whole call; dividing the batch finds the bad ones, so that the good ones still count.

SSM and EC2 reject a call if a single id in it is unknown, gone or of the wrong kind. Where the message names the ids
(``Instances [[i-0a]] not in a valid state``) one more call is enough; where it does not, halving needs about
2 log2(n) calls for each bad one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import batched

from fleetscan.aws.errors import AWS_ERRORS, AwsError, words
from fleetscan.immutable import immutable

_INSTANCE_ID = re.compile(r"\bm?i-[0-9a-z]+")

type Blame = Callable[[AwsError, Sequence[str]], Sequence[str] | None]
"""Which of these ids a failed call is to be blamed on: some or all of them; none of them named (empty: halve and ask
again); or None when the ids are not the reason, which lets the error through."""


@immutable(kw_only=False)
class Division[R]:
    """What became of a sequence of ids: the calls that worked, and the error of each id that no call took."""

    answers: tuple[tuple[tuple[str, ...], R], ...]
    """The ids of a call and its result, in the order of the ids given."""
    refused: Mapping[str, AwsError]


def divide[R](ids: Sequence[str], call: Callable[[Sequence[str]], R], blame: Blame, *, batch_size: int) -> Division[R]:
    """Call with batches of the ids until each id is either in a call that worked or alone to blame.

    Raises the error of a call for which ``blame`` returns None.
    """
    answers: list[tuple[tuple[str, ...], R]] = []
    refused: dict[str, AwsError] = {}
    waiting = list(reversed(list(batched(ids, batch_size, strict=False))))
    while waiting:
        batch = waiting.pop()
        try:
            answers.append((batch, call(batch)))
        except AWS_ERRORS as error:
            guilty = blame(error, batch)
            if guilty is None:
                raise
            if not guilty and len(batch) > 1:
                middle = len(batch) // 2
                waiting += [batch[middle:], batch[:middle]]
                continue
            bad = set(guilty) or set(batch)
            refused |= {instance_id: error for instance_id in batch if instance_id in bad}
            if rest := tuple(instance_id for instance_id in batch if instance_id not in bad):
                waiting.append(rest)
    return Division(tuple(answers), refused)


def named(error: AwsError, ids: Sequence[str]) -> tuple[str, ...]:
    """Return the ids that the error's message names, unless it names all of several and so tells nothing."""
    said = ids_in(words(error))
    found = tuple(instance_id for instance_id in ids if instance_id in said)
    return () if len(found) == len(ids) > 1 else found


def ids_in(text: str) -> frozenset[str]:
    """Return every instance id (``i-...``, hybrid ``mi-...``) in a text."""
    return frozenset(_INSTANCE_ID.findall(text))
