"""Bisects a batch of instance ids: one invalid id fails a whole call, so the invalid ones are found and left out.

SSM and EC2 reject a call if a single id in it is unknown, gone or of the wrong type. If the message names the ids
(``Instances [[i-0a]] not in a valid state``) one more call is enough; otherwise halving needs about 2 log2(n) calls for
each invalid id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import batched

from fleetscan.aws.errors import AWS_ERRORS, AwsError, words
from fleetscan.immutable import immutable

_INSTANCE_ID = re.compile(r"\bm?i-[0-9a-z]+")

type RejectedIds = Callable[[AwsError, Sequence[str]], Sequence[str] | None]
"""Returns the ids that caused a failed call: some or all of them; empty if the error names none (the batch is halved);
None if the ids are not the cause, so that the error is raised."""


@immutable(kw_only=False)
class Division[R]:
    """Results of the calls that succeeded, and the error of each rejected id."""

    answers: tuple[tuple[tuple[str, ...], R], ...]
    """The ids of a call and its result, in the order of the ids given."""
    refused: Mapping[str, AwsError]


def divide[R](
    ids: Sequence[str], call: Callable[[Sequence[str]], R], rejected_ids: RejectedIds, *, batch_size: int
) -> Division[R]:
    """Call with batches of the ids until each id is either in a successful call or rejected.

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
            rejected = rejected_ids(error, batch)
            if rejected is None:
                raise
            if not rejected and len(batch) > 1:
                middle = len(batch) // 2
                waiting += [batch[middle:], batch[:middle]]
                continue
            bad = set(rejected) or set(batch)
            refused |= {instance_id: error for instance_id in batch if instance_id in bad}
            if rest := tuple(instance_id for instance_id in batch if instance_id not in bad):
                waiting.append(rest)
    return Division(tuple(answers), refused)


def named(error: AwsError, ids: Sequence[str]) -> tuple[str, ...]:
    """Return the ids that the error's message names; none if it names all of several, which does not narrow it down."""
    said = ids_in(words(error))
    found = tuple(instance_id for instance_id in ids if instance_id in said)
    return () if len(found) == len(ids) > 1 else found


def ids_in(text: str) -> frozenset[str]:
    """Return every instance id (``i-...``, hybrid ``mi-...``) in a text."""
    return frozenset(_INSTANCE_ID.findall(text))
