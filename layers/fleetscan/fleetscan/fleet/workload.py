"""The owner of a pod, inferred from its name, and the commands to show that owner and to remove it.

No file on a node names a pod's owner (labels such as pod-template-generation stay in the API server), so it is inferred
from how Kubernetes builds names: ``weave-scope-agent-x7k2p``, ``checkout-6c9f7d5b8-x2x9q``, ``kafka-0``.
https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence

from fleetscan.immutable import immutable
from fleetscan.model.kubernetes import DaemonSet, Manager

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""The characters of Kubernetes' random suffixes (apimachinery, util/rand)."""

_REPLICA = re.compile(rf"(?P<name>.+)-[{_LETTERS}]{{6,10}}-[{_LETTERS}]{{5}}")
_RANDOM = re.compile(rf"(?P<name>.+)-[{_LETTERS}]{{5}}")
_ORDINAL = re.compile(r"(?P<name>.+)-[0-9]{1,4}")

_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_COMMAND = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,14}")
"""What may be in a command: names come from nodes, and a command is pasted into a shell."""


NAMED = 3
"""So many pods get a command each."""


class Kind(enum.StrEnum):
    """What owns a pod; ``POD`` if its name does not show it."""

    DAEMONSET = "daemonset"
    DEPLOYMENT = "deployment"
    STATEFULSET = "statefulset"
    POD = "pod"
    IMAGE = "image"
    PROCESS = "process"


TITLES: Mapping[Kind, str] = {
    Kind.DAEMONSET: "DaemonSet",
    Kind.DEPLOYMENT: "Deployment",
    Kind.STATEFULSET: "StatefulSet",
}
"""As Kubernetes writes them."""


@immutable(order=True)
class Owner:
    """The owner of pods with a common name; the same on every node."""

    namespace: str
    name: str
    kind: Kind
    """``POD`` for a random suffix alone: a DaemonSet, if it runs on most nodes, or a Job."""
    is_bare: bool = False
    """Whether the pod has no suffix, so that it is its own owner: another object than a workload of this name."""

    @property
    def title(self) -> str:
        """Return ``namespace/name``."""
        return f"{self.namespace}/{self.name}"


def owner(pod: str) -> Owner | None:
    """Return the owner inferred from a pod's ``namespace/name``; None for a text that is no such name."""
    namespace, slash, name = pod.partition("/")
    if not slash or not namespace or not name:
        return None
    if match := _REPLICA.fullmatch(name):
        return Owner(namespace=namespace, name=match["name"], kind=Kind.DEPLOYMENT)
    if match := _RANDOM.fullmatch(name):
        return Owner(namespace=namespace, name=match["name"], kind=Kind.POD)
    if match := _ORDINAL.fullmatch(name):
        return Owner(namespace=namespace, name=match["name"], kind=Kind.STATEFULSET)
    return Owner(namespace=namespace, name=name, kind=Kind.POD, is_bare=True)


@immutable(kw_only=False)
class PodOnNode:
    """One pod as a node names it, and the node's own name in Kubernetes."""

    pod: str
    """``namespace/name``."""
    node: str


def remedy(
    kind: Kind,
    *,
    namespace: str = "",
    name: str = "",
    pods: Sequence[PodOnNode] = (),
    keep: bool = False,
    gain: str = "",
    of_api: DaemonSet | None = None,
) -> str:
    """Return the commands to show it and to remove it. ``keep``: it is needed, so it is restarted and not deleted.

    ``gain`` says what that brings; ``of_api`` is the DaemonSet from the Kubernetes API; ``pods`` are deleted one by
    one, each on the node that named it and nowhere else, whatever the name. A name that Kubernetes would not accept is
    not put into a command.
    """
    after = f"; {gain}" if gain else ""
    is_valid = bool(_NAMESPACE.fullmatch(namespace) and _NAME.fullmatch(name))
    if kind is Kind.PROCESS:
        return _process(name, after)
    if kind in {Kind.DAEMONSET, Kind.DEPLOYMENT, Kind.STATEFULSET} and is_valid:
        target = f"{kind} {name}"
        end = (
            f"    kubectl -n {namespace} rollout restart {target}\nRestarts it{after}."
            if keep or kind is not Kind.DAEMONSET
            else f"    kubectl -n {namespace} delete {target}\nRemoves it from all nodes, if nobody needs it{after}."
            f"{_managed(of_api)}"
        )
        doubt = "" if of_api else f" That it is a {TITLES[kind]} is inferred from the names of its pods."
        return f"    kubectl -n {namespace} get {target} -o yaml\nShows its configuration.{doubt}\n{end}"
    selected = [words for one in pods[:NAMED] if (words := _selected(one))] if kind is Kind.POD else []
    if selected:
        return _deleted(selected, len(pods) - len(selected), after)
    return (
        "    kubectl get daemonsets,deployments,statefulsets --all-namespaces -o wide\n"
        "Shows which workload runs the image. Ask whether anybody still needs it."
    )


def _selected(one: PodOnNode) -> str:
    """Return the options of kubectl that select a pod on its node; empty where a name is none."""
    namespace, _, name = one.pod.partition("/")
    if not _NAMESPACE.fullmatch(namespace) or not _NAME.fullmatch(name) or not _NAME.fullmatch(one.node):
        return ""
    return f"-n {namespace} {{}} pods --field-selector spec.nodeName={one.node},metadata.name={name}"


def _deleted(selected: Sequence[str], more: int, after: str) -> str:
    looks = f"    kubectl {selected[0].format('get')} -o yaml\nShows its configuration and its owner.\n"
    deletes = "".join(f"    kubectl {one.format('delete')}\n" for one in selected)
    it = "the pod on this node and no other" if len(selected) == 1 else "each pod on its own node and no other"
    rest = f" ({more} more)" if more > 0 else ""
    return f"{looks}{deletes}Deletes {it}{rest}; its owner starts a new one{after}."


def _managed(daemonset: DaemonSet | None) -> str:
    if daemonset is None or daemonset.manager is Manager.NOBODY:
        return ""
    who = "an operator" if daemonset.manager is Manager.OPERATOR else str(daemonset.manager)
    return f" It is managed by {who}: remove it there, or it comes back."


def _process(command: str, after: str) -> str:
    if not _COMMAND.fullmatch(command):
        return f"Find the process on the node by its pid and stop its service{after}."
    return f"    ps -C {command} -o pid,ppid,lstart,args\nShows the process on the node. Stop its service{after}."
