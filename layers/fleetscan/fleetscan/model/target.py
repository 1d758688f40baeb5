"""What one invocation scans: an account's Region, or a shard of it; and what should have been scanned and was not.

The shard of a node follows from its instance id alone, so that every invocation, today and tomorrow, agrees on it.
"""

from __future__ import annotations

import hashlib

from fleetscan.immutable import immutable

SEPARATOR = "/"
"""Between account, Region and cluster in a cluster's full name. No cluster has it in its own name (EKS API)."""


@immutable
class Target:
    """One account's Region, or one shard of it; shards count from 0."""

    account: str
    """Twelve digits."""
    region: str
    shard: int = 0
    shards: int = 1

    @property
    def key(self) -> str:
        """The target in a word, as ``111122223333/eu-west-1/0-of-3``."""
        return SEPARATOR.join((self.account, self.region, f"{self.shard}-of-{self.shards}"))

    @property
    def text(self) -> str:
        """The target in words, as ``account 111122223333, eu-west-1 (shard 1 of 3)``."""
        part = f" (shard {self.shard + 1} of {self.shards})" if self.shards > 1 else ""
        return f"account {self.account}, {self.region}{part}"

    def holds(self, instance_id: str) -> bool:
        """Whether an instance of this account and Region belongs to this shard."""
        return shard_of(instance_id, self.shards) == self.shard

    def full_name(self, cluster: str, home: Target | None) -> str:
        """Return a name that no cluster of another account or Region has; clusters at ``home`` keep their own.

        Two accounts may both have a cluster ``live``, and what is compared by cluster must not mix them up.
        """
        if home is not None and (home.account, home.region) == (self.account, self.region):
            return cluster
        return SEPARATOR.join((self.account, self.region, cluster))


@immutable
class Unseen:
    """A target that gave no answer. Of its nodes nothing is known: they are neither healthy nor gone."""

    target: Target
    reason: str
    """A sentence or the name of an error."""
    is_home: bool = False
    """Whether its clusters go by their own names."""

    def hides(self, instance_id: str, cluster: str) -> bool:
        """Whether a node of this cluster would have been seen by this target alone."""
        prefix = self.target.full_name("", None)
        is_there = SEPARATOR not in cluster if self.is_home else cluster.startswith(prefix)
        return is_there and self.target.holds(instance_id)


def shard_of(instance_id: str, shards: int) -> int:
    """Return the shard of an instance, from 0 to ``shards`` - 1: the same on every machine and in every release.

    Ids are hashed, for EC2 promises nothing about how they are distributed, and Python's own hash differs by process.
    """
    digest = hashlib.blake2b(instance_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest) % shards
