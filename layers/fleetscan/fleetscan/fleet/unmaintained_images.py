"""Listed images as fleet-wide findings: one for each image of a cluster, with the number of nodes.

An unmaintained image needs a decision and is not the state of one node: see
docs/adr/0008-abandoned-is-a-matter-of-the-fleet.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fleetscan.capture.procfs.images import hashes_of
from fleetscan.diagnosis.knowledge.unmaintained import ListedImage, Status, status_words
from fleetscan.diagnosis.rules.image_abandoned import RULE
from fleetscan.fleet.known_software import KnownSoftware, known_software
from fleetscan.fleet.population import Population, population
from fleetscan.model import CaptureStatus, Diagnosis
from fleetscan.model.conclusion import FleetFinding
from fleetscan.model.finding import Evidence, Severity, Suspect

NAMELESS = "images known by hash alone"
"""What a finding is about that names no image."""

NODES_LIMIT = 1.0
"""One node is enough."""


def unmaintained_images(diagnoses: Iterable[Diagnosis], facts: KnownSoftware | None = None) -> tuple[FleetFinding, ...]:
    """Return one finding for each cluster and listed image in use: a warning only for unmaintained images."""
    known = facts or known_software()
    clusters: dict[str, list[Diagnosis]] = {}
    for diagnosis in diagnoses:
        if diagnosis.coverage.status is CaptureStatus.ANSWERED:
            clusters.setdefault(diagnosis.node.cluster, []).append(diagnosis)
    found: list[FleetFinding] = []
    for cluster, nodes in clusters.items():
        inventory = population(nodes)
        every = (_finding(cluster, entry, nodes, inventory) for entry in known.listed)
        found += [finding for finding in every if finding is not None]
        if (nameless := _nameless(cluster, nodes, inventory, known)) is not None:
            found.append(nameless)
    return tuple(sorted(found, key=lambda finding: -finding.evidence.severity.rank))


def _nameless(
    cluster: str, nodes: Sequence[Diagnosis], inventory: Population, known: KnownSoftware
) -> FleetFinding | None:
    """Return that nodes list hashes of unmaintained images whose names do not count, without naming any.

    Whoever can name an image can give it such a hash, so it is a reason to look and no more.
    """
    hashes = frozenset[int]().union(*(one.hashes for one in known.listed if one.status is Status.ABANDONED))
    hashes -= inventory.names.keys()
    hashes -= {hashed for name in inventory.images for hashed in hashes_of(name)}
    running = tuple(
        one.node.instance_id for one in nodes if not hashes.isdisjoint(inventory.hashes.get(one.node.instance_id) or ())
    )
    if not running:
        return None
    count = sum(found is not None for found in inventory.hashes.values())
    return FleetFinding(
        rule=RULE.id,
        cluster=cluster,
        title=RULE.title,
        remedy="    crictl images\nShows, on such a node, the names of its images. Compare them with the list of "
        "unmaintained images.",
        evidence=Evidence(
            severity=Severity.INFO,
            text=f"an image with the hash of an unmaintained one is in use on {len(running):,} of {count:,} nodes; "
            "a hash alone names nobody, and no two nodes print its name",
            measured=float(len(running)),
            limit=NODES_LIMIT,
        ),
        instance_ids=running,
        subject=NAMELESS,
    )


def _finding(
    cluster: str, entry: ListedImage, nodes: Sequence[Diagnosis], inventory: Population
) -> FleetFinding | None:
    named = {name for name in inventory.images if entry.is_repository(name)}
    hashes = {hashed for hashed, name in inventory.names.items() if name in named}
    running = tuple(
        one.node.instance_id
        for one in nodes
        if not hashes.isdisjoint(inventory.hashes.get(one.node.instance_id) or ())
        or any(image.repository in named for image in one.presence.images)
    )
    if not running:
        return None
    known = sum(found is not None for found in inventory.hashes.values())
    name = entry.repositories[0] if not named else min(named)
    words = f"{name}: {status_words(entry)}, in use on {len(running):,} of {max(known, len(running)):,} nodes"
    is_unmaintained = entry.status is Status.ABANDONED
    image = inventory.images.get(min(named), "") if named else ""
    reason = f"{status_words(entry)} (confidence {entry.confidence}): {entry.source}"
    return FleetFinding(
        rule=RULE.id,
        cluster=cluster,
        title=RULE.title,
        remedy=f"{entry.advice}\n{RULE.remedy}",
        evidence=Evidence(
            severity=Severity.WARNING if is_unmaintained else Severity.INFO,
            text=words,
            measured=float(len(running)),
            limit=NODES_LIMIT,
            suspects=(Suspect(kind="image", name=name, reason=reason, image=image),) if is_unmaintained else (),
        ),
        instance_ids=running,
        subject=entry.repositories[0],
    )
