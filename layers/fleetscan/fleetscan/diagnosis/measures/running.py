"""A node's window -> the running images and the holders of unread sockets, by name if names were collected."""

from __future__ import annotations

from collections import defaultdict

from fleetscan.capture.procfs.containers import Containers
from fleetscan.capture.procfs.images import Images, repository_of
from fleetscan.capture.procfs.pods import Pods
from fleetscan.capture.procfs.processes import Processes
from fleetscan.capture.procfs.sockets import Sockets
from fleetscan.diagnosis.measures.socket_buffers import BUFFER_LIMITS, socket_buffers
from fleetscan.errors import AbsentError
from fleetscan.model import Window
from fleetscan.model.kubernetes import ScheduledPods
from fleetscan.model.presence import Holder, Presence, RunningImage

_UNKNOWN = "-"
MOST_UNLISTED = 250
"""As many pods as EC2's largest node takes on EKS."""


def presence(window: Window) -> Presence:
    """Return the images, their pods and the holders of unread data; what was not collected is None or empty."""
    images = window.last.get(Images)
    return Presence(
        images=_running_images(window),
        repository_hashes=None if images is None else images.repository_hashes,
        holders=_holders(window),
        unlisted_pods=_unlisted(window),
    )


def _unlisted(window: Window) -> tuple[str, ...]:
    """Return the pods that the node names and Kubernetes does not list on it; none where that is not known."""
    scheduled = window.last.get(ScheduledPods)
    if scheduled is None or scheduled.not_listed:
        return ()
    containers, sockets = window.last.get(Containers), window.last.get(Sockets)
    processes, pods = window.last.get(Processes), window.last.get(Pods)
    named = {
        *(one.pod for one in (containers.containers if containers is not None else ())),
        *(one.pod for one in (sockets.sockets if sockets is not None else ())),
        *(one.pod for one in (processes.processes if processes is not None else ())),
        *(one.name for one in (pods.pods if pods is not None else ())),
    }
    listed = {one.title for one in scheduled.pods} | {one.title for one in scheduled.ends}
    return tuple(sorted(one for one in named if one and one != _UNKNOWN and one not in listed))[:MOST_UNLISTED]


def _running_images(window: Window) -> tuple[RunningImage, ...]:
    containers, sockets = window.last.get(Containers), window.last.get(Sockets)
    pods_of: dict[str, dict[str, None]] = defaultdict(dict)
    for container in containers.containers if containers is not None else ():
        if container.image != _UNKNOWN:
            pods_of[container.image][container.pod] = None
    for socket in sockets.sockets if sockets is not None else ():
        if socket.image is not None:
            pods_of[socket.image][socket.pod or _UNKNOWN] = None
    return tuple(
        RunningImage(
            image=image,
            repository=repository_of(image),
            pods=tuple(pod for pod in pods if pod != _UNKNOWN),
        )
        for image, pods in sorted(pods_of.items())
    )


def _part_in_memory(window: Window, sockets: Sockets) -> float:
    """Return which part of what the queues count is memory: a clone is counted in full in each, and has its data once.

    Where socket buffers accumulate, all that is unread is at most what their caches hold.
    """
    try:
        buffers = socket_buffers(window, BUFFER_LIMITS)
    except AbsentError:
        return 1.0
    if not buffers.are_many or sockets.receive_queue_bytes <= buffers.held_bytes:
        return 1.0
    return buffers.held_bytes / sockets.receive_queue_bytes


def _holders(window: Window) -> tuple[Holder, ...] | None:
    """Return one holder for each pod and each process of the host; sockets without a known process are left out."""
    sockets = window.last.get(Sockets)
    if sockets is None:
        return None
    part = _part_in_memory(window, sockets)
    held: dict[tuple[str, str], Holder] = {}
    for socket in sockets.sockets:
        if socket.pod is None and socket.command is None:
            continue
        key = (socket.pod or "", "" if socket.pod else socket.command or "")
        earlier = held.get(key)
        held[key] = Holder(
            held_bytes=int(socket.receive_queue_bytes * part) + (earlier.held_bytes if earlier else 0),
            pod=key[0],
            command=(earlier.command if earlier else "") or socket.command or "",
            image=(earlier.image if earlier else "") or socket.image or "",
        )
    return tuple(sorted(held.values(), key=lambda holder: -holder.held_bytes))
