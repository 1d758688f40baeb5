"""Events of Kubernetes and deaths of pods in DynamoDB, beyond the hour that Kubernetes keeps them: one item each.

    pk=kubernetes  sk=event#live#Node##ip-10-0-37-118...#6f1c...   body={...}  expires_at=1801296000
    pk=kubernetes  sk=death#live/main-service-6c9f7d5b8-x2x9q#live#node_lost#1767225600  body={...}  expires_at=...

An event is known by its own uid, so writing it twice is writing it once. Deaths begin with the pod's name: a query for
``live/main-service`` finds them by prefix. There is one partition, for there is little in it.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from fleetscan.aws.dynamodb.table import Key, Table
from fleetscan.aws.names import printable
from fleetscan.errors import ArchiveError
from fleetscan.model.death import ClusterPast, Death
from fleetscan.model.kubernetes import ClusterEvent
from fleetscan.ports import Clock
from fleetscan.quantities import counted
from fleetscan.storage import value_codec

PERMISSIONS = frozenset({"dynamodb:BatchWriteItem", "dynamodb:Query"})

PARTITION = "kubernetes"
KEPT_SECONDS = 14 * 86_400
"""As long as the oldest reading of a node: the two are read together."""
SHORT_KEPT_SECONDS = 2 * 86_400
"""For what there can be very much of and what tells little later: pods that found no place."""
SHORT_REASONS = frozenset({"FailedScheduling"})

ATTEMPTS = 3
"""How often what DynamoDB left unprocessed is sent again."""
MOST_PAGES = 20
"""Of 1 MB each, read in one scan; what is kept is bounded far below it (``terminations/events.py``, ``death.py``)."""
MOST_BODY_BYTES = 16_000
"""One event has 2 KB at most, one death 12 KB; a larger one is not written."""
MOST_PROBLEMS = 3


class DynamoClusterMemory:
    """What one table keeps of clusters."""

    def __init__(self, table: Table, *, clock: Clock = time.time) -> None:
        self._table = table
        self._clock = clock

    def load(self, clusters: Sequence[str]) -> ClusterPast:
        """Return what is kept of these clusters, all of them where none is named.

        Items that cannot be understood are told and left out. Raises AccessError when it is refused, and botocore's
        error when a call fails.
        """
        return self._past("", clusters)

    def deaths(self, pod: str) -> ClusterPast:
        """Return the deaths, and the events, of pods whose ``namespace/name`` begins so; errors as for ``load``."""
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
        """Write events and deaths, and return a sentence where some were not: throttled, or one of them too long.

        Raises AccessError when it is refused, and botocore's error when a call fails.
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
        return (f"{counted(lost, 'event')} of Kubernetes could not be kept this time.",) if lost else ()

    def _past(self, prefix: str, clusters: Sequence[str]) -> ClusterPast:
        events: dict[str, list[ClusterEvent]] = defaultdict(list)
        deaths: list[Death] = []
        problems: list[str] = []
        now = int(self._clock())
        # Not consistently is half the price.
        for item in self._table.query(PARTITION, prefix, is_consistent=False, most_pages=MOST_PAGES):
            _, sort_key = item.key
            # DynamoDB forgets within days, not at once.
            if item.number("expires_at") <= now:
                continue
            try:
                if sort_key.startswith("death#"):
                    deaths.append(value_codec.read(item.text("body"), Death))
                else:
                    cluster = sort_key.split("#")[1] if sort_key.count("#") > 1 else ""
                    events[cluster].append(value_codec.read(item.text("body"), ClusterEvent))
            except ArchiveError as error:
                problems.append(f"{printable(sort_key, 200)}: it {error}")
        told = [f"What was kept of Kubernetes is lost in part: {words}." for words in problems[:MOST_PROBLEMS]]
        if len(problems) > MOST_PROBLEMS:
            told.append(f"And {counted(len(problems) - MOST_PROBLEMS, 'more item')} of it.")
        return ClusterPast(
            events={
                cluster: tuple(sorted(several, key=lambda one: (one.at, one.uid)))
                for cluster, several in events.items()
                if not clusters or cluster in clusters
            },
            deaths=tuple(one for one in deaths if not clusters or one.cluster in clusters),
            problems=tuple(told),
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
    """Return a key whose sort key has at most 1,024 bytes: names from an API server hold what its owner likes."""
    return PARTITION, "#".join(printable(word, 253).replace("#", "?") for word in words)[:1_000]
