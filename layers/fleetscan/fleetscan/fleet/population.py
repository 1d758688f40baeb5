"""Which images and pods run on which nodes of a cluster, and which of their names are believed.

A node lists its images as hashes, and a hash is short: whoever can name an image can make two share one. So a hash
alone names nobody. A name counts where two nodes print both the hash and the name, and no node prints another name with
the same hash. An owner of pods counts where two nodes show pods of it. A pod runs on one node: what two nodes claim is
believed of neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from fleetscan.capture.procfs.images import hashes_of
from fleetscan.fleet.workload import Kind, Owner, owner
from fleetscan.immutable import immutable
from fleetscan.model import Diagnosis

MOST_RATIO = 0.5
"""A pod with a random suffix whose image runs on more than half of the nodes belongs to a DaemonSet [inference]."""

LEAST_NODES = 2
"""With one node, "more than half" means nothing."""

LEAST_WITNESSES = 2
"""What one node says is that node's word: it may be anybody who got hold of it."""


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
    """Hash -> repository, of those names that count."""
    images: Mapping[str, str]
    """Repository -> an image of it as some node reported it."""
    owners: Mapping[str, frozenset[Owner]]
    """Repository -> the owners in whose pods it runs, of those that count."""
    pods: Mapping[Owner, tuple[tuple[str, str], ...]]
    """The pods of each owner that one node alone claims, with that node's instance id."""
    contested: frozenset[str]
    """Pods that several nodes claim."""
    hashes: Mapping[str, frozenset[int] | None]
    """Instance id -> the hashes of its images; None if unknown."""

    def count(self, hashes: Iterable[int], nodes: Sequence[Diagnosis]) -> Count:
        """Return on how many of these nodes any of the repositories runs."""
        wanted = frozenset(hashes)
        known = [found for node in nodes if (found := self.hashes.get(node.node.instance_id)) is not None]
        return Count(sum(not wanted.isdisjoint(found) for found in known), len(known))

    def hashes_of(self, repository: str) -> frozenset[int]:
        """Return the hashes by which a repository is recognised on nodes that do not print its name."""
        return frozenset(one for one in _hashes(repository) if self.names.get(one) == repository)

    def kind(self, owner_: Owner, repository: str) -> Kind:
        """Return what the owner is: as its pods' names say, or a DaemonSet if its image runs on most nodes."""
        hashes = self.hashes_of(repository)
        if owner_.kind is not Kind.POD or owner_.is_bare or not hashes:
            return owner_.kind
        known = [found for found in self.hashes.values() if found is not None]
        running = sum(not hashes.isdisjoint(found) for found in known)
        return Kind.DAEMONSET if len(known) >= LEAST_NODES and running > MOST_RATIO * len(known) else Kind.POD


def population(diagnoses: Sequence[Diagnosis]) -> Population:
    """Return which images and pods run on these nodes."""
    images: dict[str, str] = {}
    owners: dict[str, dict[Owner, set[str]]] = defaultdict(lambda: defaultdict(set))
    hashes: dict[str, frozenset[int] | None] = {}
    printed: dict[str, list[frozenset[int]]] = defaultdict(list)
    for diagnosis in diagnoses:
        instance_id, presence = diagnosis.node.instance_id, diagnosis.presence
        listed = presence.repository_hashes
        seen: set[int] = set()
        for running in presence.images:
            repository = running.repository
            seen |= _hashes(repository)
            images.setdefault(repository, running.image)
            for pod in running.pods:
                if (found := owner(pod)) is not None:
                    owners[repository][found].add(instance_id)
        for repository in {running.repository for running in presence.images}:
            printed[repository].append((listed or frozenset()) & _hashes(repository))
        hashes[instance_id] = None if listed is None else listed | seen
    claims = _claims(diagnoses)
    return Population(
        names=_names(printed),
        images=images,
        owners={
            name: frozenset(one for one, nodes in found.items() if len(nodes) >= LEAST_WITNESSES)
            for name, found in owners.items()
        },
        pods=_pods(claims),
        contested=frozenset(pod for pod, nodes in claims.items() if len(nodes) > 1),
        hashes=hashes,
    )


def _names(printed: Mapping[str, Sequence[frozenset[int]]]) -> dict[int, str]:
    """Return hash -> repository; ``printed`` are the hashes of a repository that each node that names it lists."""
    sharing: dict[int, int] = defaultdict(int)
    for repository in printed:
        for number in _hashes(repository):
            sharing[number] += 1
    names: dict[int, str] = {}
    for repository, listed in printed.items():
        numbers = _hashes(repository)
        if sum(bool(one) for one in listed) >= LEAST_WITNESSES and all(sharing[one] == 1 for one in numbers):
            names |= dict.fromkeys(numbers, repository)
    return names


def _claims(diagnoses: Sequence[Diagnosis]) -> dict[str, dict[str, None]]:
    """Return pod -> the instance ids of the nodes that show it."""
    claims: dict[str, dict[str, None]] = defaultdict(dict)
    for diagnosis in diagnoses:
        of_images = (pod for running in diagnosis.presence.images for pod in running.pods)
        of_sockets = (one.pod for one in diagnosis.presence.holders or () if one.pod)
        of_findings = (
            suspect.name
            for finding in diagnosis.findings
            for suspect in finding.evidence.suspects
            if suspect.kind == "pod"
        )
        for pod in (*of_images, *of_sockets, *of_findings):
            claims[pod][diagnosis.node.instance_id] = None
    return claims


def _pods(claims: Mapping[str, Mapping[str, None]]) -> dict[Owner, tuple[tuple[str, str], ...]]:
    pods: dict[Owner, list[tuple[str, str]]] = defaultdict(list)
    for pod, nodes in claims.items():
        if len(nodes) == 1 and (found := owner(pod)) is not None:
            pods[found].append((next(iter(nodes)), pod))
    return {found: tuple(where) for found, where in pods.items()}


@lru_cache(maxsize=10_000)
def _hashes(repository: str) -> frozenset[int]:
    return hashes_of(repository)
