"""The cause of a node's unreclaimable slab: named only if one thing makes up most of it."""

from __future__ import annotations

from fleetscan.capture.procfs.descriptors import Descriptors
from fleetscan.diagnosis.knowledge.slab_signatures import signature
from fleetscan.diagnosis.measures.kernel_caches import CacheFamily, dead_cgroups, families, trusted_caches
from fleetscan.diagnosis.measures.socket_buffers import (
    SUSPECT_RATIO,
    Attribution,
    BufferLimits,
    SocketBuffers,
    attribute,
    socket_buffers,
)
from fleetscan.errors import AbsentError
from fleetscan.model import Cause, Suspect, Window
from fleetscan.quantities import count, percent, size

MOST_RATIO = 0.5
"""What makes up at least half of the slab explains it [inference]."""

NAMED_RATIO = 0.25
"""A cache that holds at least this share is named, without a cause [inference]."""


def slab_cause(window: Window, unreclaimable_bytes: int, limits: BufferLimits) -> Attribution:
    """Return the cause of so many bytes of unreclaimable slab, ``unattributed`` if the evidence shows none."""
    buffers = known_buffers(window, limits)
    if buffers is not None and buffers.are_many and buffers.held_bytes >= MOST_RATIO * unreclaimable_bytes:
        found = attribute(buffers, window)
        words = f"{count(buffers.heads)} socket buffers (skbuff) hold {size(buffers.held_bytes)} of it; {found.words}"
        return Attribution(cause=found.cause, words=words, suspects=found.suspects)
    try:
        info = trusted_caches(window)
    except AbsentError as absent:
        return Attribution(cause=Cause.UNATTRIBUTED, words=f"which slab caches hold it is unknown: {absent}")
    dead = dead_cgroups(info)
    if dead is not None:
        words = f"there are {dead.words}: left over from memory cgroups of deleted containers"
        return Attribution(cause=Cause.CONTAINER_CHURN, words=words)
    largest = next((one for one in families(info, window) if one.is_unreclaimable), None)
    if largest is None or largest.held_bytes < NAMED_RATIO * unreclaimable_bytes:
        return Attribution(cause=Cause.UNATTRIBUTED, words="no single slab cache explains it")
    found = family_cause(largest, window, limits)
    words = f"{largest.name} holds {size(largest.held_bytes)} of it"
    if largest.held_bytes < MOST_RATIO * unreclaimable_bytes:
        return Attribution(cause=Cause.UNATTRIBUTED, words=f"{words}, the rest is spread over other caches")
    return Attribution(cause=found.cause, words=f"{words}: {found.words}", suspects=found.suspects)


def family_cause(family: CacheFamily, window: Window, limits: BufferLimits) -> Attribution:
    """Return the cause of this cache's size: from the socket buffers in it, else from its signature."""
    buffers = known_buffers(window, limits)
    if buffers is not None and buffers.are_many and _is_of_buffers(family, buffers):
        found = attribute(buffers, window)
        return Attribution(cause=found.cause, words=f"socket buffers (skbuff); {found.words}", suspects=found.suspects)
    known_signature = signature(family.name)
    if known_signature is None:
        return Attribution(cause=Cause.UNATTRIBUTED, words="its name alone does not show what fills it")
    return Attribution(
        cause=known_signature.cause,
        words=f"usually {known_signature.words} (confidence {known_signature.confidence})",
        suspects=_file_holders(family, window) if known_signature.cause is Cause.PROCESS_HOLDS_FILES else (),
    )


def known_buffers(window: Window, limits: BufferLimits) -> SocketBuffers | None:
    """Return the socket buffers, or None if they cannot be counted."""
    try:
        return socket_buffers(window, limits)
    except AbsentError:
        return None


def _is_of_buffers(family: CacheFamily, buffers: SocketBuffers) -> bool:
    if family.name.startswith("skbuff_"):
        return True
    return family.name.startswith("kmalloc-") and buffers.data_bytes >= MOST_RATIO * family.held_bytes


def _file_holders(family: CacheFamily, window: Window) -> tuple[Suspect, ...]:
    """Return the processes that hold at least a tenth of so many open files or sockets."""
    descriptors = window.last.get(Descriptors)
    if descriptors is None or not family.active_objects:
        return ()
    return tuple(
        Suspect(
            kind="process" if holder.pod is None else "pod",
            name=holder.pod or holder.command,
            reason=f"process {holder.command} (pid {holder.pid}) has {count(holder.open_files)} files open, "
            f"{percent(holder.open_files / family.active_objects)} of the {family.name} objects",
            share=min(1.0, holder.open_files / family.active_objects),
        )
        for holder in descriptors.holders
        if holder.open_files >= SUSPECT_RATIO * family.active_objects
    )
