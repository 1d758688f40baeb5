"""Which images run on which nodes of a cluster: by name if any node reported it, else by the hash of the repository."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from fleetscan.capture.procfs.images import repository_hash
from fleetscan.fleet.workload import Kind, Owner, owner
from fleetscan.immutable import immutable
from fleetscan.model import Diagnosis

MOST_RATIO = 0.5
"""A pod with a random suffix whose image runs on more than half of the nodes belongs to a DaemonSet [inference]."""

LEAST_NODES = 2
"""With one node, "more than half" means nothing."""


@immutable(kw_only=False)
class Count:
    """On how many of the nodes whose images are known."""

    running: int
    known: int

    def __str__(self) -> str:
        """Return ``3 of 16``."""
        return f"{self.running:,} of {self.known:,}"

    @property
    def ratio(self) -> float:
        """Return the share, 0 where nothing is known."""
        return self.running / self.known if self.known else 0.0


@immutable(kw_only=False)
class Population:
    """Images of all nodes, and the names that go with the hashes."""

    names: Mapping[int, str]
    """Hash -> repository."""
    images: Mapping[str, str]
    """Repository -> an image of it as some node reported it."""
    owners: Mapping[str, frozenset[Owner]]
    """Repository -> the owners in whose pods it runs."""
    pods: Mapping[Owner, str]
    """One pod of each owner."""
    hashes: Mapping[str, frozenset[int] | None]
    """Instance id -> the hashes of its images; None if unknown."""

    def count(self, hashes: Iterable[int], nodes: Sequence[Diagnosis]) -> Count:
        """Return on how many of these nodes any of the repositories runs."""
        wanted = frozenset(hashes)
        known = [found for node in nodes if (found := self.hashes.get(node.node.instance_id)) is not None]
        return Count(sum(not wanted.isdisjoint(found) for found in known), len(known))

    def kind(self, owner_: Owner, repository: str) -> Kind:
        """Return what the owner is: as its pods' names say, or a DaemonSet if its image runs on most nodes."""
        pod = self.pods.get(owner_, "")
        if owner_.kind is not Kind.POD or pod == owner_.title or not repository:
            return owner_.kind
        known = [found for found in self.hashes.values() if found is not None]
        running = sum(_hash(repository) in found for found in known)
        return Kind.DAEMONSET if len(known) >= LEAST_NODES and running > MOST_RATIO * len(known) else Kind.POD


def population(diagnoses: Sequence[Diagnosis], known_names: Iterable[str] = ()) -> Population:
    """Return which images run on these nodes; ``known_names`` are repositories to be recognised by their hash."""
    names = {_hash(name): name for name in known_names}
    images: dict[str, str] = {}
    owners: dict[str, set[Owner]] = defaultdict(set)
    pods: dict[Owner, str] = {}
    hashes: dict[str, frozenset[int] | None] = {}
    for diagnosis in diagnoses:
        presence = diagnosis.presence
        seen = set()
        for running in presence.images:
            repository = running.repository
            seen.add(_hash(repository))
            names[_hash(repository)] = repository
            images.setdefault(repository, running.image)
            for pod in running.pods:
                if (found := owner(pod)) is not None:
                    owners[repository].add(found)
                    pods.setdefault(found, pod)
        listed = presence.repository_hashes
        hashes[diagnosis.node.instance_id] = None if listed is None else listed | seen
    return Population(names, images, {name: frozenset(found) for name, found in owners.items()}, pods, hashes)


@lru_cache(maxsize=10_000)
def _hash(repository: str) -> int:
    return repository_hash(repository)
