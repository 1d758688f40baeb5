"""Episodes in DynamoDB, one item each, with optimistic locking: of two writers of the same version one succeeds.

    pk=episodes  sk=slab_unreclaimable_high#live#socket_queue  version=3  state=open  body={...}  expires_at=1767225600

The body is the episode; the other attributes serve the condition, TTL, and people who read the table.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from fleetscan.aws.dynamodb.table import Condition, Item, Table, Value
from fleetscan.aws.names import printable
from fleetscan.errors import StoredDataError
from fleetscan.model.episode import Episode
from fleetscan.ports import LoadedEpisodes
from fleetscan.storage import value_codec

PERMISSIONS = frozenset({"dynamodb:PutItem", "dynamodb:Query"})

PARTITION = "episodes"
OPEN_KEPT = timedelta(days=90)
"""How long an open episode is kept after it was last seen, so that those of clusters no longer scanned expire."""
MOST_BODY_BYTES = 380_000
"""An item has at most 400 KB, names and the other attributes included (DynamoDB developer guide, Quotas). An incident
on 15,000 nodes needs 345 KB."""


class DynamoEpisodes:
    """The episodes of one table; on a read-only table nothing is stored and every ``store`` succeeds."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._writer = uuid.uuid4().hex
        self._damaged: dict[str, int] = {}

    def load(self, clusters: Sequence[str] = ()) -> LoadedEpisodes:
        """Return the episodes of these clusters, or all; a sentence for each that cannot be decoded.

        Reads are strongly consistent, so they include what another scan just stored. Raises AccessError when denied.
        """
        episodes, problems = [], []
        for item in self._table.query(PARTITION):
            try:
                episodes.append(self._decoded(item))
            except StoredDataError as error:
                problems.append(f"The history of {printable(item.key[1], 200)} is lost: it {error}.")
        kept = tuple(one for one in episodes if not clusters or one.fingerprint.cluster in clusters)
        return LoadedEpisodes(episodes=kept, problems=tuple(problems))

    def store(self, episode: Episode) -> Episode | None:
        """Store an episode as its next version and return that; None if another scan stored that version first.

        Raises AccessError when denied, and botocore's error when the call fails.
        """
        sort_key = str(episode.fingerprint)
        before = episode.version or self._damaged.get(sort_key, 0)
        following = replace(episode, version=before + 1)
        values: dict[str, Value] = {
            "version": following.version,
            "writer": self._writer,
            "state": following.state.value,
            "severity": following.severity.value,
            "opened_at": following.opened_at.isoformat(),
            "body": value_codec.write(following),
        }
        there = self._table.put(
            (PARTITION, sort_key),
            values,
            expires_at=int((following.forgotten_at or following.seen_at + OPEN_KEPT).timestamp()),
            condition=(
                Condition("#version = :before", {"before": before})
                if before
                else Condition("attribute_not_exists(#version)", {})
            ),
        )
        if there is not None:
            # botocore retries a call whose response was lost; the retry then finds the item of the first attempt.
            is_ours = all(there.values.get(name) == values[name] for name in ("writer", "version", "body"))
            return following if is_ours else None
        self._damaged.pop(sort_key, None)
        return following

    def reload(self, episode: Episode) -> Episode | None:
        """Return the stored version of an episode; None if there is none or it cannot be decoded."""
        sort_key = str(episode.fingerprint)
        for item in self._table.query(PARTITION, prefix=sort_key):
            if item.key[1] == sort_key:
                try:
                    return self._decoded(item)
                except StoredDataError:
                    return None
        return None

    def _decoded(self, item: Item) -> Episode:
        """Return an item's episode; the version of a damaged item is kept for overwriting it."""
        _, sort_key = item.key
        version = max(0, item.number("version"))
        try:
            episode = value_codec.read(item.text("body"), Episode)
        except StoredDataError:
            self._damaged[sort_key] = version
            raise
        if str(episode.fingerprint) != sort_key:
            self._damaged[sort_key] = version
            raise StoredDataError("is stored under the fingerprint of another finding")
        return replace(episode, version=version)
