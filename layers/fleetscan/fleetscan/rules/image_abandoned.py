"""An image runs here that is abandoned, ended, superseded or known to leak.

What it means: a running container's image is on the list of node tooling that was abandoned, reached its end of
life, was superseded, or is known to leak in some version.

Why it hurts: what runs on every node and is maintained by nobody multiplies its next bug by the number of nodes.
The incident was one: a network map nobody had opened for years held 2 GiB of kernel memory on each of 16 nodes.

What to do: find out whether anybody still uses it. If not, delete its DaemonSet; else move to what took its place.
The finding names both.

Source: the list with the source and confidence of each entry is `abandoned.toml`. Only "abandoned" is a warning. It
is critical when the image's own process is seen holding a good part of a slab that is too large; running on a sick
node is no proof. Superseded, ended and leaking images are told and not accused.
"""

from __future__ import annotations

from dataclasses import dataclass

from fleetscan.abandoned import MIRROR_PREFIXES, ListedImage, Status, listed_images
from fleetscan.errors import AbsentError
from fleetscan.model import Cause, Evidence, Severity, Suspect, Window
from fleetscan.procfs.containers import Containers
from fleetscan.procfs.images import Images, repository_hash, repository_of
from fleetscan.procfs.meminfo import Meminfo
from fleetscan.procfs.sockets import Sockets
from fleetscan.quantities import size
from fleetscan.rule import Rule
from fleetscan.unreclaimable import unreclaimable_level

IMAGES_LIMIT = 1
"""One is worth a line."""

HELD_RATIO = 0.25
"""The image's own sockets must hold this share of that slab before it is accused (own choice)."""

_WORDS = {
    Status.ABANDONED: "is abandoned",
    Status.END_OF_LIFE: "reached its end of life",
    Status.SUPERSEDED: "is superseded",
    Status.LEAK: "has leaked in some versions",
}


@dataclass(frozen=True, slots=True)
class _Running:
    """A listed image and the name by which it was seen; empty where only the hash of its repository is known."""

    listed: ListedImage
    image: str


def check(window: Window) -> Evidence | None:
    """Look for listed images among the running ones, by name where names were collected, else by hash."""
    running = _running(window)
    if len(running) < IMAGES_LIMIT:
        return None
    abandoned = [entry for entry in running if entry.listed.status is Status.ABANDONED]
    text = "; ".join(_sentence(entry) for entry in running)
    suspects = tuple(_suspect(entry) for entry in abandoned)
    slab_bytes = _large_slab_bytes(window)
    held_bytes, holder = max(((_held_bytes(window, entry), entry.image) for entry in abandoned), default=(0, ""))
    if slab_bytes and held_bytes >= HELD_RATIO * slab_bytes:
        return Evidence(
            severity=Severity.CRITICAL,
            text=f"{text}; sockets of {holder} hold {size(held_bytes)} beside {size(slab_bytes)} of unreclaimable slab",
            measured=float(len(running)),
            limit=float(IMAGES_LIMIT),
            cause=Cause.SOCKET_QUEUE,
            suspects=suspects,
        )
    return Evidence(
        severity=Severity.WARNING if abandoned else Severity.INFO,
        text=text,
        measured=float(len(running)),
        limit=float(IMAGES_LIMIT),
        suspects=suspects,
    )


def _running(window: Window) -> tuple[_Running, ...]:
    """Return what is listed among what runs, accusations first, in the order of the list."""
    containers, images, sockets = (window.last.get(Containers), window.last.get(Images), window.last.get(Sockets))
    names = {container.image for container in (containers.containers if containers is not None else ())}
    names |= {socket.image for socket in (sockets.sockets if sockets is not None else ()) if socket.image is not None}
    seen = {name: repository_of(name) for name in sorted(names)}
    found: list[_Running] = []
    for listed in listed_images():
        name = next((name for name, repository in seen.items() if listed.is_repository(repository)), None)
        if name is not None:
            found.append(_Running(listed, name))
        elif images is not None and not images.repository_hashes.isdisjoint(_hashes(listed)):
            found.append(_Running(listed, ""))
    if not found and containers is None and images is None:
        window.last[Images]  # says why there are none
    order = list(Status)
    return tuple(sorted(found, key=lambda entry: order.index(entry.listed.status)))


def _hashes(listed: ListedImage) -> set[int]:
    whole = {f"{prefix}/{name}" for prefix in MIRROR_PREFIXES for name in listed.repositories}
    return {repository_hash(name) for name in whole | set(listed.repositories)}


def _held_bytes(window: Window, entry: _Running) -> int:
    sockets = window.last.get(Sockets)
    return sum(
        socket.receive_queue_bytes
        for socket in (sockets.sockets if sockets is not None else ())
        if socket.image is not None and entry.listed.is_repository(repository_of(socket.image))
    )


def _large_slab_bytes(window: Window) -> int:
    """Return the unreclaimable slab where it is critically large, else 0: also where it is not known."""
    meminfo = window.last.get(Meminfo)
    if meminfo is None:
        return 0
    try:
        level = unreclaimable_level(meminfo)
    except AbsentError:
        return 0
    is_critical = level is not None and level.severity is Severity.CRITICAL
    return (meminfo.slab_unreclaimable_bytes or 0) if is_critical else 0


def _sentence(entry: _Running) -> str:
    listed = entry.listed
    name = entry.image or listed.repositories[0]
    return (
        f"{name} {_WORDS[listed.status]}{f' since {listed.since}' if listed.since else ''}. {listed.advice.rstrip('.')}"
    )


def _suspect(entry: _Running) -> Suspect:
    listed = entry.listed
    since = f" since {listed.since}" if listed.since else ""
    return Suspect(
        kind="image",
        name=listed.repositories[0],
        reason=f"abandoned{since}, confidence {listed.confidence}: {listed.source}",
        image=entry.image,
    )


RULE = Rule(
    id="image_abandoned",
    severity=Severity.CRITICAL,
    title="A listed image runs here: abandoned, ended, superseded or known to leak",
    remedy=(
        "Find its DaemonSet and ask whether anybody still needs it; then delete it, or move to what took its place:\n"
        "    kubectl get daemonsets --all-namespaces -o wide\n"
        "    kubectl delete daemonset NAME -n NAMESPACE"
    ),
    check=check,
)
