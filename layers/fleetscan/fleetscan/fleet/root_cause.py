"""The probable root cause of the same problem on several nodes of a cluster, with its evidence.

Evidence has an order. A workload that *holds* the memory or the files is the root cause, wherever else it runs. A
workload that runs on the affected nodes and not on the others is one if chance and other common properties are ruled
out. That an image is unmaintained, or merely in use, proves nothing: in the incident the agent ran on all 16 nodes, as
the network plugin did.

One node must not speak for others. What one node alone says of a holder, while others are silent, is told as that
node's word, with a remedy for that node. A command for an object that runs elsewhere needs a second node that shows the
same, or the Kubernetes API's own list and hardly anybody to contradict: docs/adr/0038-one-witness.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.capture.procfs.images import repository_of
from fleetscan.diagnosis.knowledge.unmaintained import status_words
from fleetscan.fleet.correlation import Correlation, correlations, shared_traits, ubiquitous
from fleetscan.fleet.holding import Holding, holdings
from fleetscan.fleet.infrastructure import is_infrastructure
from fleetscan.fleet.known_owner import KnownOwners, known_owners
from fleetscan.fleet.known_software import KnownSoftware, known_software
from fleetscan.fleet.population import LEAST_WITNESSES, Count, Population, population
from fleetscan.fleet.signature_group import Group, groups
from fleetscan.fleet.workload import TITLES, Kind, Owner, PodOnNode, remedy
from fleetscan.immutable import immutable
from fleetscan.model import Diagnosis
from fleetscan.model.conclusion import RootCause, Strength, Unattributed
from fleetscan.model.finding import Cause
from fleetscan.model.kubernetes import DaemonSet
from fleetscan.quantities import counted, percent, size

MANY_SILENT = 3
"""Against so many nodes that show nothing, one node is not believed, even of a DaemonSet that Kubernetes lists: fewer
are no pattern [inference]."""

REFUSED = "No command is given for it. Compare what this node says with the pods that Kubernetes lists on it."

NAMED = 3
"""So many candidates of a group are reported."""

_GAINS = {
    Cause.SOCKET_QUEUE: "the kernel frees its socket buffers at once",
    Cause.PROCESS_HOLDS_FILES: "the kernel closes its files at once",
}
_HELD = {Cause.SOCKET_QUEUE: "unread socket buffers", Cause.PROCESS_HOLDS_FILES: "open files"}


@immutable(kw_only=False)
class Conclusion:
    """The attribution of one group: root causes, or why there is none."""

    root_causes: tuple[RootCause, ...] = ()
    unattributed: Unattributed | None = None


def root_causes(diagnoses: Sequence[Diagnosis], facts: KnownSoftware | None = None) -> tuple[RootCause, ...]:
    """Return the root causes of all groups. Pure; ``facts`` are the shipped lists by default."""
    return strongest_first(conclusions(diagnoses, facts))


def strongest_first(found: Sequence[Conclusion]) -> tuple[RootCause, ...]:
    """Return their root causes, strongest evidence first, then by nodes and bytes; what one node alone says is last."""
    order = list(Strength)
    named = [one for conclusion in found for one in conclusion.root_causes]
    return tuple(
        sorted(
            named,
            key=lambda one: (
                not one.is_confirmed,
                order.index(one.strength),
                -len(one.nodes),
                -(one.held_bytes or 0),
            ),
        )
    )


@immutable(kw_only=False)
class _Case:
    """One group and the data for its attribution."""

    group: Group
    inventory: Population
    known: KnownSoftware
    owners: KnownOwners


def conclusions(
    diagnoses: Sequence[Diagnosis], facts: KnownSoftware | None = None, daemonsets: Sequence[DaemonSet] = ()
) -> tuple[Conclusion, ...]:
    """Attribute every group of nodes with the same signature; ``daemonsets`` come from the Kubernetes API, if read."""
    known = facts or known_software()
    populations: dict[str, Population] = {}
    found = []
    for group in groups(diagnoses):
        if group.cluster not in populations:
            nodes = [one for one in diagnoses if one.node.cluster == group.cluster]
            populations[group.cluster] = population(nodes)
        owners = known_owners(group, daemonsets)
        found.append(_conclude(_Case(group, populations[group.cluster], known, owners)))
    return tuple(found)


def _conclude(case: _Case) -> Conclusion:
    group, inventory = case.group, case.inventory
    held = holdings(group)
    holders = tuple(_by_holding(one, case) for one in held if one.explained)
    if holders:
        return Conclusion(root_causes=holders)
    clear, traits = correlations(group, inventory), shared_traits(group)
    if len(clear) == 1 and not traits:
        return Conclusion(root_causes=(_by_correlation(clear[0], case),))
    candidates = (
        *(_by_correlation(one, case, doubt=_doubt(len(clear), traits)) for one in clear[:NAMED]),
        *(_by_holding(one, case) for one in held[:NAMED]),
        *_unmaintained(case),
    )
    return Conclusion(
        unattributed=Unattributed(
            cluster=group.cluster,
            cause=group.cause,
            rules=group.rules,
            nodes=group.nodes,
            reason=_why_nobody(case, clear, traits),
            candidates=candidates,
        )
    )


@immutable(kw_only=False)
class _Claim:
    """Who holds it, by the word of how many nodes, and what may be done about it."""

    kind: Kind
    """What it is called."""
    of_api: DaemonSet | None
    is_confirmed: bool
    pods: tuple[PodOnNode, ...]
    """Its pods on the nodes that name them, without those that are not believed."""
    is_shared: bool
    """Whether a command may name an object that runs on other nodes."""
    doubts: tuple[str, ...] = ()


def _claim(holding: Holding, nodes: Sequence[str], case: _Case) -> _Claim:
    """Return whether it is more than the word of one node.

    A pod runs on one node, so a node that names another's pod is no witness, and neither is one whose pod Kubernetes
    does not list there.
    """
    group = case.group
    owner = holding.identity if isinstance(holding.identity, Owner) else None
    repository = repository_of(holding.image) if holding.image else ""
    by_id = {one.node.instance_id: one for one in group.affected}
    contested = {node for node in nodes if holding.pods.get(node) in case.inventory.contested}
    unlisted = {node for node in nodes if holding.pods.get(node) in by_id[node].presence.unlisted_pods}
    witnesses = [node for node in nodes if node not in contested | unlisted]
    silent = len(group.affected) + len(group.others) - len(nodes) - holding.others.running
    of_api = case.owners.daemonset(owner)
    is_shared = len(witnesses) >= LEAST_WITNESSES
    if of_api is not None and witnesses and silent < MANY_SILENT:
        is_shared = True
    is_alone = len(group.affected) + len(group.others) == 1
    is_confirmed = is_shared or (is_alone and bool(witnesses))
    kind = Kind.PROCESS if holding.is_process else Kind.POD
    if owner is not None and is_confirmed and not holding.is_process:
        kind = Kind.DAEMONSET if of_api else case.inventory.kind(owner, repository)
    doubts = []
    if contested:
        doubts.append("several nodes name the same pod, which runs on one of them, so none of them is believed")
    if unlisted:
        doubts.append("Kubernetes does not list the pod on this node")
    if case.owners.is_unknown(owner, kind):
        doubts.append(f"Kubernetes lists no {TITLES[kind]} of this name")
        kind, is_shared = Kind.POD, False
    if not is_confirmed and not contested:
        doubts.append(f"this node alone says so, and {counted(silent, 'other node')} of the cluster {_show(silent)}")
    return _Claim(
        kind=kind,
        of_api=of_api if is_shared else None,
        is_confirmed=is_confirmed,
        pods=tuple(
            PodOnNode(pod=pod, node=_node_name(by_id[one])) for one in witnesses if (pod := holding.pods.get(one))
        ),
        is_shared=is_shared,
        doubts=tuple(doubts),
    )


def _show(silent: int) -> str:
    return "shows nothing of it" if silent == 1 else "show nothing of it"


def _node_name(diagnosis: Diagnosis) -> str:
    """Return Kubernetes' name of a node; without its API the private DNS name, which it is unless set otherwise."""
    return diagnosis.node.private_dns_name if diagnosis.kubernetes is None else diagnosis.kubernetes.name


def _remedy_of(claim: _Claim, holding: Holding, name: str, case: _Case) -> str:
    owner = holding.identity if isinstance(holding.identity, Owner) else None
    repository = repository_of(holding.image) if holding.image else ""
    is_agent = case.known.agent(holding.image, "" if holding.pods else name) is not None
    kind = claim.kind if claim.is_shared or holding.is_process else Kind.POD
    gain = _GAINS[case.group.cause]
    if kind is Kind.POD and not claim.pods:
        return REFUSED if holding.pods and claim.doubts else remedy(Kind.IMAGE)
    words = remedy(
        kind,
        namespace=owner.namespace if owner else "",
        name=owner.name if owner else name,
        pods=claim.pods,
        keep=is_agent or is_infrastructure(repository),
        gain=gain,
        of_api=claim.of_api,
    )
    return words if claim.is_confirmed else f"{words}\nThis is for the node that says so alone."


def _by_holding(holding: Holding, case: _Case) -> RootCause:
    """Return the workload that holds it; as merely present if that is too little to explain any node."""
    group = case.group
    identity = holding.identity
    repository = repository_of(holding.image) if holding.image else ""
    nodes = holding.explained or tuple(holding.shares)
    claim = _claim(holding, nodes, case)
    owner = identity if isinstance(identity, Owner) else None
    name = owner.title if owner else str(identity)
    if not claim.is_confirmed and len(nodes) == 1:
        name = holding.pods.get(nodes[0], name)
    what = _HELD[group.cause]
    amount = f"{size(holding.held_bytes)} of {what}" if holding.held_bytes else what
    others = f" and on {holding.others} others" if holding.others.known else ""
    sentences = [f"holds {amount} on {Count(len(nodes), len(group.affected))} affected nodes{others}", *claim.doubts]
    if holding.share is not None:
        sentences.append(f"that is {percent(min(holding.share, 1.0))} of {_whole(holding)}")
    sentences += [
        *_where(repository, case),
        *_listed(repository, holding.image, case.known, "" if holding.pods else name),
        case.owners.age_words(owner) if claim.is_confirmed else "",
    ]
    return RootCause(
        kind=claim.kind.value,
        name=name,
        strength=Strength.HOLDS if holding.explained else Strength.PRESENT,
        reason="; ".join(one for one in sentences if one),
        cause=group.cause,
        rules=group.rules,
        nodes=nodes,
        remedy=_remedy_of(claim, holding, name, case),
        cluster=group.cluster,
        image=holding.image,
        namespace=owner.namespace if owner else "",
        workload=owner.name if owner else "",
        share=holding.share,
        held_bytes=holding.held_bytes or None,
        is_confirmed=claim.is_confirmed,
    )


def _by_correlation(found: Correlation, case: _Case, doubt: str = "") -> RootCause:
    """Return the workload that runs on the affected nodes alone."""
    group, inventory = case.group, case.inventory
    repository = found.repositories[0]
    image = inventory.images.get(repository, "")
    hashes = frozenset[int]().union(*(inventory.hashes_of(one) for one in found.repositories))
    of_api = case.owners.daemonset(found.owner)
    kind = Kind.IMAGE if found.owner is None else inventory.kind(found.owner, repository)
    kind = Kind.DAEMONSET if of_api else kind
    unlisted = f"Kubernetes lists no {TITLES[kind]} of this name" if case.owners.is_unknown(found.owner, kind) else ""
    kind = Kind.IMAGE if unlisted else kind
    sentences = [
        f"runs on {found.affected} affected nodes and on {found.others} others",
        doubt or "no other known property sets these nodes apart (correlation: what it holds was not measured)",
        *_listed(repository, image, case.known),
        unlisted or case.owners.age_words(found.owner),
    ]
    affected = {one.node.instance_id: one for one in group.affected}
    pods = (
        tuple(
            PodOnNode(pod=pod, node=_node_name(affected[node]))
            for node, pod in inventory.pods.get(found.owner, ())
            if node in affected
            if pod not in affected[node].presence.unlisted_pods
        )
        if found.owner
        else ()
    )
    namespace, name = (found.owner.namespace, found.owner.name) if found.owner else ("", "")
    return RootCause(
        kind=kind.value,
        name=found.owner.title if found.owner else repository,
        strength=Strength.CORRELATES,
        reason="; ".join(sentences),
        cause=group.cause,
        rules=group.rules,
        nodes=tuple(
            one.node.instance_id
            for one in group.affected
            if not hashes.isdisjoint(inventory.hashes.get(one.node.instance_id) or ())
        ),
        remedy=remedy(
            kind,
            namespace=namespace,
            name=name,
            pods=pods,
            keep=True,  # a correlation is a reason to restart it and watch, not to delete it
            of_api=of_api,
        ),
        cluster=group.cluster,
        image=image or repository,
        namespace=namespace,
        workload=name,
    )


def _unmaintained(case: _Case) -> tuple[RootCause, ...]:
    """Return unmaintained images on the affected nodes, as candidates and never as a root cause."""
    group, inventory = case.group, case.inventory
    found = []
    for repository in sorted(set(inventory.names.values())):
        entry = case.known.unmaintained(repository)
        hashes = inventory.hashes_of(repository)
        affected = inventory.count(hashes, group.affected)
        if entry is None or not affected.running:
            continue
        others = inventory.count(hashes, group.others)
        image = inventory.images.get(repository, repository)
        split = f"runs on {affected} affected nodes" + (f" and on {others} others" if others.known else "")
        found.append(
            RootCause(
                kind=Kind.IMAGE.value,
                name=repository,
                strength=Strength.ABANDONED,
                reason=f"{status_words(entry)}; {split}; its presence alone proves nothing; "
                f"{case.owners.age_words(None)}",
                cause=Cause.UNATTRIBUTED,
                rules=group.rules,
                nodes=group.nodes,
                remedy=remedy(Kind.IMAGE),
                cluster=group.cluster,
                image=image,
            )
        )
    return tuple(found[:NAMED])


def _where(repository: str, case: _Case) -> list[str]:
    """Return on how many of the nodes a holder runs; nothing if that is unknown."""
    hashes = case.inventory.hashes_of(repository) if repository else frozenset()
    if not hashes:
        return []
    everywhere = case.inventory.count(hashes, (*case.group.affected, *case.group.others))
    if everywhere.known <= 1:
        return []
    if everywhere.running == everywhere.known:
        return [f"it runs on all {everywhere.known:,} nodes, so its presence alone proves nothing"]
    return [f"it runs on {everywhere} nodes"]


def _listed(repository: str, image: str, known: KnownSoftware, command: str = "") -> list[str]:
    entry = known.unmaintained(repository) if repository else None
    if entry is not None:
        return [f"{status_words(entry)} (confidence {entry.confidence})"]
    agent = known.agent(image, command) if image or command else None
    return [] if agent is None else [f"a known capture agent: {agent.purpose}"]


def _whole(holding: Holding) -> str:
    return "the unreclaimable slab of these nodes" if holding.slab_bytes else "all that is held on these nodes"


def _doubt(clear: int, traits: Sequence[str]) -> str:
    if traits:
        return f"but these nodes also share {' and '.join(traits)}, and the evidence cannot tell them apart"
    if clear > 1:
        return f"so do {clear} workloads in total, and the evidence cannot tell them apart"
    return ""


def _why_nobody(case: _Case, clear: Sequence[Correlation], traits: Sequence[str]) -> str:
    """Return why no root cause is named, in one sentence."""
    group, inventory = case.group, case.inventory
    nobody = "no process was found that holds the memory or the files"
    if traits:
        where = f"all affected nodes and no others have {' and '.join(traits)}"
        return f"{nobody}; {where}, so a workload that runs only there proves nothing"
    if len(clear) > 1:
        return f"{nobody}; {len(clear)} workloads run on exactly these nodes, and the evidence cannot tell them apart"
    if not inventory.count((), group.affected).known:
        return f"{nobody}; which images run on the affected nodes is unknown"
    if len(group.affected) == 1 and not group.others:
        return f"{nobody}; there are no other nodes to compare this node with"
    if not group.others:
        return f"{nobody}; every node is affected, so what runs there proves nothing"
    everywhere = ubiquitous(group, inventory)
    words = f"the {everywhere} that run on every node prove nothing"
    return f"{nobody}; no image runs on the affected nodes alone, and {words}"
