"""Kubernetes events and pod terminations in DynamoDB, one item each; Kubernetes forgets them.

    pk=kubernetes  sk=event#live#Node##ip-10-0-37-118...#6f1c...   body={...}  expires_at=1801296000
    pk=kubernetes  sk=death#live/main-service-6c9f7d5b8-x2x9q#live#node_lost#1767225600  body={...}  expires_at=...

An event's key holds its uid, so writing it twice is idempotent. The key of a termination begins with the pod's name, so
a query for ``live/main-service`` finds them by prefix. One partition is enough for the small amount of data.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from fleetscan.aws.dynamodb.table import Key, Table
from fleetscan.aws.names import printable
from fleetscan.errors import StoredDataError
from fleetscan.model.death import ClusterPast, Death
from fleetscan.model.kubernetes import ClusterEvent
from fleetscan.ports import Clock
from fleetscan.quantities import counted
from fleetscan.storage import value_codec

PERMISSIONS = frozenset({"dynamodb:BatchWriteItem", "dynamodb:Query"})

PARTITION = "kubernetes"
KEPT_SECONDS = 14 * 86_400
"""As long as the oldest reading of a node: the two are used together."""
SHORT_KEPT_SECONDS = 2 * 86_400
"""For pods that could not be scheduled: numerous, and of little use later."""
SHORT_REASONS = frozenset({"FailedScheduling"})

ATTEMPTS = 3
"""Attempts for items that DynamoDB returned as unprocessed."""
MOST_PAGES = 20
"""Of 1 MB each, read in one scan; the stored amount is bounded far below it (``terminations/events.py``,
``death.py``)."""
MOST_BODY_BYTES = 16_000
"""An event has at most 2 KB, a termination 12 KB; a larger one is not written."""
MOST_PROBLEMS = 3


class DynamoClusterHistory:
    """The cluster history of one table."""

    def __init__(self, table: Table, *, clock: Clock = time.time) -> None:
        self._table = table
        self._clock = clock

    def load(self, clusters: Sequence[str]) -> ClusterPast:
        """Return the stored events and terminations of these clusters, of all where none is named.

        Items that cannot be decoded are left out and listed as problems. Raises AccessError when denied, and
        botocore's error when a call fails.
        """
        return self._past("", clusters)

    def deaths(self, pod: str) -> ClusterPast:
        """Return the terminations and events of pods whose ``namespace/name`` begins so; raises as ``load``."""
        namespace, _, name = pod.partition("/")
        found = self._past(f"death#{pod}", ())
        every = self._past("event#", ())
        events = {
            cluster: tuple(
                one for one in several if one.kind == "Pod" and one.namespace == namespace and one.name.startswith(name)
            )
            for cluster, several in every.events.items()
        }
        kept = {cluster: several for cluster, several in events.items() if several}
        return ClusterPast(events=kept, deaths=found.deaths, problems=(*found.problems, *every.problems))

    def save(self, events: Mapping[str, Sequence[ClusterEvent]], deaths: Sequence[Death]) -> tuple[str, ...]:
        """Write events and terminations; return a sentence if some were not written (throttled, or too large).

        Raises AccessError when denied, and botocore's error when a call fails.
        """
        now = int(self._clock())
        # One batch may not name a key twice.
        items = {key: (body, kept) for key, body, kept in (*_of_events(events), *_of_deaths(deaths))}
        fit = {key: found for key, found in items.items() if len(found[0].encode()) <= MOST_BODY_BYTES}
        left = self._table.put_all(
            {key: {"body": body} for key, (body, _) in fit.items()},
            {key: now + kept for key, (_, kept) in fit.items()},
            attempts=ATTEMPTS,
            workers=1,
        )
        lost = len(left) + len(items) - len(fit)
        return (f"{counted(lost, 'Kubernetes event')} could not be stored in this scan.",) if lost else ()

    def _past(self, prefix: str, clusters: Sequence[str]) -> ClusterPast:
        events: dict[str, list[ClusterEvent]] = defaultdict(list)
        deaths: list[Death] = []
        problems: list[str] = []
        now = int(self._clock())
        # Eventually consistent reads are half the price.
        for item in self._table.query(PARTITION, prefix, is_consistent=False, most_pages=MOST_PAGES):
            _, sort_key = item.key
            # TTL deletes expired items within days, not at once.
            if item.number("expires_at") <= now:
                continue
            try:
                if sort_key.startswith("death#"):
                    deaths.append(value_codec.read(item.text("body"), Death))
                else:
                    cluster = sort_key.split("#")[1] if sort_key.count("#") > 1 else ""
                    events[cluster].append(value_codec.read(item.text("body"), ClusterEvent))
            except StoredDataError as error:
                problems.append(f"{printable(sort_key, 200)}: it {error}")
        sentences = [
            f"A stored Kubernetes event or pod termination could not be read: {words}."
            for words in problems[:MOST_PROBLEMS]
        ]
        if len(problems) > MOST_PROBLEMS:
            sentences.append(f"And {counted(len(problems) - MOST_PROBLEMS, 'more item')}.")
        return ClusterPast(
            events={
                cluster: tuple(sorted(several, key=lambda one: (one.at, one.uid)))
                for cluster, several in events.items()
                if not clusters or cluster in clusters
            },
            deaths=tuple(one for one in deaths if not clusters or one.cluster in clusters),
            problems=tuple(sentences),
        )


def _of_events(events: Mapping[str, Sequence[ClusterEvent]]) -> Iterable[tuple[Key, str, int]]:
    for cluster, several in events.items():
        for one in several:
            kept = SHORT_KEPT_SECONDS if one.reason in SHORT_REASONS else KEPT_SECONDS
            yield _key("event", cluster, one.kind, one.namespace, one.name, one.uid), value_codec.write(one), kept


def _of_deaths(deaths: Sequence[Death]) -> Iterable[tuple[Key, str, int]]:
    for one in deaths:
        cluster, title, ending, first = one.key
        yield _key("death", title, cluster, ending, first), value_codec.write(one), KEPT_SECONDS


def _key(*words: str) -> Key:
    """Return a key; its sort key has at most 1,024 bytes, as names from an API server are untrusted."""
    return PARTITION, "#".join(printable(word, 253).replace("#", "?") for word in words)[:1_000]
