"""Caches CPU credits, as every metric that is read is billed.

A balance changes slowly (a t3.medium earns 24 credits an hour and holds at most 576), and CloudWatch is minutes late
anyway. Throttling itself shows at once, and for free, as CPU steal.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from fleetscan.model import CreditMode, Credits, Node
from fleetscan.ports import Clock, CreditCache, CreditReader

logger = logging.getLogger(__name__)


class CachedCreditReader:
    """Wraps another reader, which is called for nodes not in the cache or older than ``refresh_seconds`` only.

    If the cache cannot be read or written, every node is read, at extra cost.
    """

    def __init__(self, reader: CreditReader, cache: CreditCache, clock: Clock, *, refresh_seconds: float) -> None:
        self._reader = reader
        self._cache = cache
        self._clock = clock
        self._refresh_seconds = refresh_seconds

    def modes(self, nodes: Sequence[Node]) -> Mapping[str, CreditMode]:
        """Return the modes; they are free, so they are not cached."""
        return self._reader.modes(nodes)

    def credits(
        self, nodes: Sequence[Node], modes: Mapping[str, CreditMode], *, fresh: Collection[str] = ()
    ) -> Mapping[str, Credits]:
        """Return the credits of these nodes, each with its age. Raises what the wrapped reader raises."""
        now = self._clock()
        kept = {
            instance_id: (at, found)
            for instance_id, (at, found) in self._load().items()
            if 0 <= now - at < self._refresh_seconds and instance_id not in fresh
        }
        known = {
            node.instance_id: replace(kept[node.instance_id][1], age_seconds=now - kept[node.instance_id][0])
            for node in nodes
            # The meaning of a balance depends on the mode.
            if node.instance_id in kept and kept[node.instance_id][1].mode is modes.get(node.instance_id)
        }
        asked = [node for node in nodes if node.instance_id not in known]
        if not asked:
            return known
        found = self._reader.credits(asked, modes, fresh=fresh)
        self._save({**kept, **{instance_id: (now, credits_) for instance_id, credits_ in found.items()}})
        return {**known, **found}

    def _load(self) -> Mapping[str, tuple[float, Credits]]:
        try:
            return self._cache.load()
        except Exception:
            logger.exception("The cache of CPU credits could not be read")
            return {}

    def _save(self, readings: Mapping[str, tuple[float, Credits]]) -> None:
        try:
            self._cache.save(readings)
        except Exception:
            logger.exception("The cache of CPU credits could not be written")
