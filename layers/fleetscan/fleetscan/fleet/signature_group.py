"""Nodes with the same problem: findings of one family of rules with one cause, in one cluster.

The cause of a finding on one node is uncertain; what the nodes with the same signature share, and the others do not
have, is evidence. Clusters are not mixed, because two clusters differ in too many things.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from fleetscan.diagnosis.catalogue import traits
from fleetscan.diagnosis.rules import RULES
from fleetscan.diagnosis.traits import Family
from fleetscan.immutable import immutable
from fleetscan.model import CaptureStatus, Diagnosis
from fleetscan.model.finding import Cause, Finding, Severity


@immutable
class Group:
    """Nodes of one cluster with one signature, and the nodes to compare them with."""

    cluster: str
    family: Family
    cause: Cause
    affected: tuple[Diagnosis, ...]
    others: tuple[Diagnosis, ...]
    """Nodes of the cluster that responded and have no warning of the family, whatever its cause."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules of the family that fired, in the order of the catalogue."""
        fired = {finding.rule for diagnosis in self.affected for finding in self.findings(diagnosis)}
        return tuple(rule.id for rule in RULES if rule.id in fired)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The instance ids of the affected nodes."""
        return tuple(diagnosis.node.instance_id for diagnosis in self.affected)

    def findings(self, diagnosis: Diagnosis) -> tuple[Finding, ...]:
        """Return a node's warnings of the family."""
        return tuple(one for one in diagnosis.findings if is_warning(one) and traits(one.rule).family is self.family)


def is_warning(finding: Finding) -> bool:
    """Whether a finding is more than information."""
    return finding.severity is not Severity.INFO


def groups(diagnoses: Iterable[Diagnosis]) -> tuple[Group, ...]:
    """Return every signature of every cluster, the most nodes first."""
    by_cluster: dict[str, list[Diagnosis]] = defaultdict(list)
    for diagnosis in diagnoses:
        if diagnosis.coverage.status is CaptureStatus.ANSWERED:
            by_cluster[diagnosis.node.cluster].append(diagnosis)
    found = [group for cluster, members in by_cluster.items() for group in _groups_of(cluster, members)]
    return tuple(sorted(found, key=lambda group: -len(group.affected)))


def _groups_of(cluster: str, diagnoses: Sequence[Diagnosis]) -> list[Group]:
    families: dict[Family, dict[Cause, list[Diagnosis]]] = defaultdict(lambda: defaultdict(list))
    of_family: dict[Family, set[str]] = defaultdict(set)
    for diagnosis in diagnoses:
        for family, cause in _signatures(diagnosis).items():
            families[family][cause].append(diagnosis)
            of_family[family].add(diagnosis.node.instance_id)
    return [
        Group(
            cluster=cluster,
            family=family,
            cause=cause,
            affected=tuple(affected),
            others=tuple(one for one in diagnoses if one.node.instance_id not in of_family[family]),
        )
        for family, causes in families.items()
        for cause, affected in causes.items()
    ]


def _signatures(diagnosis: Diagnosis) -> dict[Family, Cause]:
    """Return family -> cause of a node: that of its worst finding whose cause is known."""
    causes: dict[Family, Cause] = {}
    for finding in diagnosis.findings:  # worst first
        family = traits(finding.rule).family
        if family is None or not is_warning(finding):
            continue
        if causes.get(family, Cause.UNATTRIBUTED) is Cause.UNATTRIBUTED:
            causes[family] = finding.evidence.cause
    return causes
