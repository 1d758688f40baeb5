"""A pod on a node, with its requests and limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from fleetscan.errors import ParseError
from fleetscan.kubernetes import quantity
from fleetscan.kubernetes.bounds import IMAGE_CHARACTERS, IMAGES_OF_A_POD, NAME_CHARACTERS, cut, first
from fleetscan.kubernetes.owner import owner
from fleetscan.model.kubernetes import ScheduledPod

if TYPE_CHECKING:
    from lightkube.models.core_v1 import Container, Pod, PodSpec, ResourceRequirements

type _Reader = Callable[[str], int]

_BYTES: _Reader = partial(quantity.whole, name="memory")
_MILLICORES: _Reader = partial(quantity.milli, name="cpu")


def scheduled(pod: Pod) -> ScheduledPod | None:
    """Return a pod scheduled on a node; None for a finished one, which uses no resources."""
    if pod.metadata is None or pod.spec is None or (pod.status and pod.status.phase in {"Succeeded", "Failed"}):
        return None
    kind, name = owner(pod.metadata)
    return ScheduledPod(
        namespace=cut(pod.metadata.namespace, NAME_CHARACTERS),
        name=cut(pod.metadata.name, NAME_CHARACTERS),
        uid=cut(pod.metadata.uid, NAME_CHARACTERS),
        node=cut(pod.spec.nodeName, NAME_CHARACTERS),
        owner_kind=kind,
        owner_name=name,
        images=images(pod.spec),
        memory_request_bytes=request(pod.spec, "memory", _BYTES),
        memory_limit_bytes=memory_limit_bytes(pod.spec),
        unlimited_containers=unlimited_containers(pod.spec),
        cpu_request_millicores=request(pod.spec, "cpu", _MILLICORES),
        restarts=sum(one.restartCount for one in (pod.status and pod.status.containerStatuses) or ()),
    )


def images(spec: PodSpec) -> tuple[str, ...]:
    """Return the images of its containers as they are named, each once."""
    return tuple(dict.fromkeys(cut(one.image, IMAGE_CHARACTERS) for one in first(_lasting(spec), IMAGES_OF_A_POD)))


def memory_limit_bytes(spec: PodSpec) -> int | None:
    """Return the pod's memory limit: its own, or the sum of its containers'; None if one of them has none.

    A limit that cannot be parsed counts as none.
    """
    own = _asked(spec.resources, "limits", "memory", _BYTES)
    if own is not None:
        return own
    limits = [_asked(one.resources, "limits", "memory", _BYTES) for one in _lasting(spec)]
    known = [limit for limit in limits if limit is not None]
    return sum(known) if known and len(known) == len(limits) else None


def unlimited_containers(spec: PodSpec) -> tuple[str, ...]:
    """Return the names of its containers without a memory limit; empty if the pod as a whole has one."""
    if _asked(spec.resources, "limits", "memory", _BYTES) is not None:
        return ()
    unlimited = (one for one in _lasting(spec) if _asked(one.resources, "limits", "memory", _BYTES) is None)
    return tuple(cut(one.name, NAME_CHARACTERS) for one in first(unlimited, IMAGES_OF_A_POD))


def request(spec: PodSpec, resource: str, read: _Reader) -> int | None:
    """Return the pod's request: its own, else the sum of its containers'; None if there is none."""
    own = _asked(spec.resources, "requests", resource, read)
    if own is not None:
        return own
    asked = [_asked(one.resources, "requests", resource, read) for one in _lasting(spec)]
    known = [one for one in asked if one is not None]
    return sum(known) if known else None


def _lasting(spec: PodSpec) -> Iterator[Container]:
    """Yield the containers that run as long as the pod: an init container that always restarts is a sidecar."""
    yield from spec.containers
    yield from (one for one in spec.initContainers or () if one.restartPolicy == "Always")


def _asked(resources: ResourceRequirements | None, part: str, resource: str, read: _Reader) -> int | None:
    amounts = (getattr(resources, part) if resources else None) or {}
    try:
        return read(str(amounts[resource]))
    except (KeyError, ParseError):
        return None
