"""The owner of a pod, inferred from its name, and the commands to show that owner and to remove it.

No file on a node names a pod's owner (labels such as pod-template-generation stay in the API server), so it is inferred
from how Kubernetes builds names: ``weave-scope-agent-x7k2p``, ``checkout-6c9f7d5b8-x2x9q``, ``kafka-0``.
https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping

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
    return Owner(namespace=namespace, name=name, kind=Kind.POD)


def remedy(
    kind: Kind,
    *,
    namespace: str = "",
    name: str = "",
    pod: str = "",
    keep: bool = False,
    gain: str = "",
    of_api: DaemonSet | None = None,
) -> str:
    """Return the commands to show it and to remove it. ``keep``: it is needed, so it is restarted and not deleted.

    ``gain`` says what that brings; ``of_api`` is the DaemonSet from the Kubernetes API. A name that Kubernetes would
    not accept is not put into a command.
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
    _, _, pod_name = pod.partition("/")
    if kind is Kind.POD and is_valid and _NAME.fullmatch(pod_name):
        return (
            f"    kubectl -n {namespace} get pod {pod_name} -o yaml\nShows its configuration and its owner.\n"
            f"    kubectl -n {namespace} delete pod {pod_name}\nDeletes the pod; its owner starts a new one{after}."
        )
    return (
        "    kubectl get daemonsets,deployments,statefulsets --all-namespaces -o wide\n"
        "Shows which workload runs the image. Ask whether anybody still needs it."
    )


def _managed(daemonset: DaemonSet | None) -> str:
    if daemonset is None or daemonset.manager is Manager.NOBODY:
        return ""
    who = "an operator" if daemonset.manager is Manager.OPERATOR else str(daemonset.manager)
    return f" It is managed by {who}: remove it there, or it comes back."


def _process(command: str, after: str) -> str:
    if not _COMMAND.fullmatch(command):
        return f"Find the process on the node by its pid and stop its service{after}."
    return f"    ps -C {command} -o pid,ppid,lstart,args\nShows the process on the node. Stop its service{after}."
