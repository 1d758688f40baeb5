"""An image in use is unmaintained, at its end of life, superseded or known to leak.

What it means: a running container's image is on the list of node tooling that is unmaintained, reached its end of
life, was superseded, or is known to leak in some version.

Why it hurts: software that runs on every node and that nobody maintains brings its next bug to every node. The
published incident is an example: Weave Scope 1.13.2, its last release, ran on all 16 nodes of a cluster, installed
with kubectl apply almost three years before. The three nodes that its authors examined had 1.7, 2.1 and 4.5 GB of
unreclaimable slab; the one that had become NotReady had 74 MB after the agent was removed. From this the authors
concluded that the agent held the memory; they did not measure its sockets. The sockets in the example below are
invented.

What to do: find out whether anybody still uses it. If not, delete its DaemonSet; otherwise move to its successor.
The fleet finding says which one.

Source: `unmaintained.toml` holds the list with the source and confidence of each entry. That an unmaintained image
is in use is information on a node and one warning for the fleet (docs/adr/0008): it runs on the healthy nodes too.
On a node it is a warning if its own sockets hold much or SUnreclaim is as high as `slab_unreclaimable_high` reports,
and critical if its own process is seen holding a good part of a critically high SUnreclaim. Superseded, ended and
leaking images are reported, but not as a cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleetscan.capture.procfs.containers import Containers
from fleetscan.capture.procfs.images import Images, repository_of
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.sockets import Sockets
from fleetscan.diagnosis.knowledge.unmaintained import ListedImage, Status, listed_images, status_words
from fleetscan.diagnosis.measures.danger import DANGER_LIMITS, DangerLimits
from fleetscan.diagnosis.measures.unreclaimable import SLAB_LIMITS, SlabLimits, slab_level
from fleetscan.diagnosis.rule import Rule
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Cause, Evidence, Severity, Suspect, Window
from fleetscan.quantities import size

IMAGES_LIMIT = 1
"""One image is enough."""

NAMED = 3
"""So many further images are named in the finding."""


@immutable
class Limits:
    """The thresholds of the rule."""

    critical_held_ratio: float = 0.25
    """The image's own sockets must hold this share of SUnreclaim before it is named as the cause (own choice)."""
    warning_held_bytes: int = 100 * 1024 * 1024
    """The image's own sockets holding so much is a warning, whatever SUnreclaim is: a healthy agent reads its sockets
    (own choice)."""
    slab: SlabLimits = SLAB_LIMITS
    danger: DangerLimits = DANGER_LIMITS


DEFAULTS = Limits()


@immutable(kw_only=False)
class _Running:
    """A listed image and the name under which it runs."""

    listed: ListedImage
    image: str


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Look for listed images among the running ones, by the names that were collected: a hash alone names nobody."""
    running = _running(window)
    if len(running) < IMAGES_LIMIT:
        return None
    unmaintained = [entry for entry in running if entry.listed.status is Status.ABANDONED]
    held = {entry: _held_bytes(window, entry) for entry in unmaintained}
    worst = max(unmaintained, key=lambda entry: held[entry], default=running[0])
    held_bytes, slab_bytes = held.get(worst, 0), _slab_bytes(window)
    severity = _severity(held_bytes, slab_bytes, _of_slab(window, limits), limits) if unmaintained else Severity.INFO
    is_holder = held_bytes >= limits.warning_held_bytes or severity is Severity.CRITICAL
    queues = f"; its sockets hold {size(held_bytes)} unread" if is_holder else ""
    beside = f", SUnreclaim is {size(slab_bytes)}" if queues and slab_bytes else ""
    others = [entry for entry in running if entry is not worst]
    return Evidence(
        severity=severity,
        text=f"{_sentence(worst)}{queues}{beside}{_also(others)}",
        measured=float(len(running)),
        limit=float(IMAGES_LIMIT),
        cause=Cause.SOCKET_QUEUE if severity is Severity.CRITICAL else Cause.UNATTRIBUTED,
        suspects=tuple(_suspect(entry) for entry in (worst, *others) if entry in unmaintained),
    )


def _severity(held_bytes: int, slab_bytes: int, of_slab: Severity | None, limits: Limits) -> Severity:
    """Return the severity by what the image's sockets hold; that it is in use at all is reported once for the fleet."""
    if of_slab is Severity.CRITICAL and held_bytes >= limits.critical_held_ratio * slab_bytes:
        return Severity.CRITICAL
    return Severity.WARNING if of_slab is not None or held_bytes >= limits.warning_held_bytes else Severity.INFO


def _running(window: Window) -> tuple[_Running, ...]:
    """Return the listed images among the running ones, unmaintained ones first, in the order of the list."""
    containers, sockets = window.last.get(Containers), window.last.get(Sockets)
    names = {container.image for container in (containers.containers if containers is not None else ())}
    names |= {socket.image for socket in (sockets.sockets if sockets is not None else ()) if socket.image is not None}
    seen = {name: repository_of(name) for name in sorted(names)}
    found: list[_Running] = []
    for listed in listed_images() if seen else ():
        name = _name_of(listed, seen)
        if name is not None:
            found.append(_Running(listed, name))
    if not found and containers is None and Images not in window.last:
        window.last[Images]  # says why there are none
    order = list(Status)
    return tuple(sorted(found, key=lambda entry: order.index(entry.listed.status)))


def _name_of(listed: ListedImage, seen: Mapping[str, str]) -> str | None:
    """Return the first of the seen images, by their names, that is this one."""
    for name, repository in seen.items():
        if listed.is_repository(repository):
            return name
    return None


def _held_bytes(window: Window, entry: _Running) -> int:
    sockets = window.last.get(Sockets)
    return sum(
        socket.receive_queue_bytes
        for socket in (sockets.sockets if sockets is not None else ())
        if socket.image is not None and entry.listed.is_repository(repository_of(socket.image))
    )


def _slab_bytes(window: Window) -> int:
    meminfo = window.last.get(Meminfo)
    return 0 if meminfo is None else meminfo.slab_unreclaimable_bytes or 0


def _of_slab(window: Window, limits: Limits) -> Severity | None:
    """Return how bad the unreclaimable slab is; None where it is normal, or not known."""
    try:
        level = slab_level(window, limits.slab, limits.danger)
    except AbsentError:
        return None
    return None if level is None else level.severity


def _sentence(entry: _Running) -> str:
    return f"{entry.image}: {status_words(entry.listed)}"


def _also(others: Sequence[_Running]) -> str:
    """Return the other listed images in few words; they do not explain the first."""
    if not others:
        return ""
    named = ", ".join(f"{entry.image} ({status_words(entry.listed)})" for entry in others[:NAMED])
    more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
    return f". Also listed: {named}{more}"


def _suspect(entry: _Running) -> Suspect:
    listed = entry.listed
    return Suspect(
        kind="image",
        name=listed.repositories[0],
        reason=f"{status_words(listed)} (confidence {listed.confidence}): {listed.source}",
        image=entry.image,
    )


RULE = Rule(
    id="image_abandoned",
    severity=Severity.CRITICAL,
    title="Unmaintained or known-bad image in use",
    remedy=(
        "    kubectl get daemonsets,deployments,statefulsets --all-namespaces -o wide | grep IMAGE\n"
        "Shows which workload runs the image. Ask whether anybody still needs it.\n"
        "    kubectl delete daemonset NAME -n NAMESPACE\n"
        "Removes it from all nodes. Move to its successor first if it is needed."
    ),
    limits=DEFAULTS,
    check=check,
    is_inventory=True,
)
