"""Caches the limits of disks as CPU credits are cached: every metric that is read is billed."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from fleetscan.model.disk_limits import DiskLimits
from fleetscan.ports import Clock, DiskCache, DiskReader

logger = logging.getLogger(__name__)


class CachedDiskReader:
    """Wraps another reader, which is called for nodes not in the cache or older than ``refresh_seconds`` only.

    If the cache cannot be read or written, every node is read, at extra cost.
    """

    def __init__(self, reader: DiskReader, cache: DiskCache, clock: Clock, *, refresh_seconds: float) -> None:
        self._reader = reader
        self._cache = cache
        self._clock = clock
        self._refresh_seconds = refresh_seconds

    def limits(self, volumes: Mapping[str, Sequence[str]], *, fresh: Collection[str] = ()) -> Mapping[str, DiskLimits]:
        """Return the limits of these nodes' disks, each with its age. Raises what the wrapped reader raises."""
        now = self._clock()
        kept = {
            instance_id: (at, found)
            for instance_id, (at, found) in self._load().items()
            if 0 <= now - at < self._refresh_seconds and instance_id not in fresh
        }
        known = {
            instance_id: replace(kept[instance_id][1], age_seconds=now - kept[instance_id][0])
            for instance_id, ids in volumes.items()
            # A volume that was attached or became busy since was not asked about.
            if instance_id in kept and {one.volume_id for one in kept[instance_id][1].volumes} >= set(ids)
        }
        asked = {instance_id: ids for instance_id, ids in volumes.items() if instance_id not in known}
        if not asked:
            return known
        found = self._reader.limits(asked, fresh=fresh)
        self._save({**kept, **{instance_id: (now, limits) for instance_id, limits in found.items()}})
        return {**known, **found}

    def _load(self) -> Mapping[str, tuple[float, DiskLimits]]:
        try:
            return self._cache.load()
        except Exception:
            logger.exception("The cache of disk limits could not be read")
            return {}

    def _save(self, readings: Mapping[str, tuple[float, DiskLimits]]) -> None:
        try:
            self._cache.save(readings)
        except Exception:
            logger.exception("The cache of disk limits could not be written")
