"""Which workloads run on the affected nodes and not on the others, and whether chance explains it.

A node runs forty images, so one of them may run on just the three affected nodes by chance. A correlation counts only
if it is significant after all images that were compared (Fisher's exact test with Bonferroni correction), no other
image has the same nodes, and the nodes share nothing else: a node group, instance type or kernel that the others do not
have would explain it just as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import comb

from fleetscan.fleet.infrastructure import is_infrastructure
from fleetscan.fleet.population import Count, Population
from fleetscan.fleet.signature_group import Group
from fleetscan.fleet.workload import Owner
from fleetscan.immutable import immutable
from fleetscan.model import Diagnosis

LEAST_NODES = 3
"""With fewer affected nodes, or fewer others, nothing is compared: two nodes are no pattern [inference]."""

PRESENT_RATIO = 0.9
"""It must run on this share of the affected nodes: one may have been read at the wrong moment [inference]."""

ABSENT_RATIO = 0.1
"""It may run on at most this share of the others [inference]."""

CHANCE = 0.01
"""The highest probability that any of the compared images has this split by chance: below the usual 0.05, because every
scan repeats the test and a wrong root cause is worse than none."""

_TRAITS: Mapping[str, Callable[[Diagnosis], str]] = {
    "node group": lambda one: one.node.node_group,
    "instance type": lambda one: one.node.instance_type,
    "kernel": lambda one: one.readings.kernel or "",
}


@immutable
class Correlation:
    """One workload, or one image without a known owner, and on how many affected and other nodes it runs."""

    owner: Owner | None
    repositories: tuple[str, ...]
    affected: Count
    others: Count
    chance: float
    """The probability of this split or a clearer one by chance."""


def correlations(group: Group, population: Population) -> tuple[Correlation, ...]:
    """Return the significant correlations, clearest first; with more than one the evidence cannot tell them apart."""
    found: dict[tuple[Owner | str, Count, Count], list[str]] = defaultdict(list)
    splits = set()
    for repository, hashes in _images(group.affected, population):
        affected, others = (population.count(hashes, nodes) for nodes in (group.affected, group.others))
        if affected.running + others.running < affected.known + others.known:
            splits.add((affected, others))
        if not repository or is_infrastructure(repository) or not _is_apart(affected, others):
            continue
        owners = population.owners.get(repository, frozenset())
        whose: Owner | str = next(iter(owners)) if len(owners) == 1 else repository
        found[whose, affected, others].append(repository)
    every = [
        Correlation(
            owner=whose if isinstance(whose, Owner) else None,
            repositories=tuple(sorted(repositories)),
            affected=affected,
            others=others,
            chance=odds(affected, others),
        )
        for (whose, affected, others), repositories in found.items()
    ]
    clear = [one for one in every if one.chance * len(splits) <= CHANCE]
    return tuple(sorted(clear, key=lambda one: (one.chance, one.repositories)))


def odds(affected: Count, others: Count) -> float:
    """Return the chance that so many or more of the nodes on which it runs are affected (hypergeometric tail)."""
    nodes, running = affected.known + others.known, affected.running + others.running
    ways = comb(nodes, affected.known)
    most = min(running, affected.known)
    hits = sum(
        comb(running, at) * comb(nodes - running, affected.known - at)
        for at in range(affected.running, most + 1)
        if affected.known - at <= nodes - running
    )
    return hits / ways if ways else 1.0


def shared_traits(group: Group) -> tuple[str, ...]:
    """Return what all affected nodes share and no other node has: ``node group spot``, ``kernel 6.1.141``."""
    if not group.others:
        return ()
    found = []
    for trait, value_of in _TRAITS.items():
        values = {value_of(one) for one in group.affected}
        value = next(iter(values))
        if len(values) == 1 and value and all(value_of(one) != value for one in group.others):
            found.append(f"{trait} {value}")
    return tuple(found)


def ubiquitous(group: Group, population: Population) -> int:
    """Return how many images run on every node whose images are known, affected or not."""
    nodes: Sequence[Diagnosis] = (*group.affected, *group.others)
    counts = (population.count(hashes, nodes) for _, hashes in _images(group.affected, population))
    return sum(count.running == count.known for count in counts)


def _is_apart(affected: Count, others: Count) -> bool:
    return (
        affected.known >= LEAST_NODES
        and others.known >= LEAST_NODES
        and affected.ratio >= PRESENT_RATIO
        and others.ratio <= ABSENT_RATIO
    )


def _images(nodes: Sequence[Diagnosis], population: Population) -> list[tuple[str, frozenset[int]]]:
    """Return every image of these nodes once: its repository, empty where no name counts, and its hashes."""
    found: set[int] = set()
    for one in nodes:
        found |= population.hashes.get(one.node.instance_id) or frozenset()
    named = {population.names[hashed] for hashed in found if hashed in population.names}
    nameless = sorted(found - population.names.keys())
    return [
        *((repository, population.hashes_of(repository)) for repository in sorted(named)),
        *(("", frozenset({hashed})) for hashed in nameless),
    ]
