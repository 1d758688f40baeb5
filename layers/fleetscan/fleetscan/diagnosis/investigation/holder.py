"""Which process holds the socket buffers? Compares the unread receive queues with the bytes of the buffers."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.capture.procfs.sockets import Sockets
from fleetscan.diagnosis.investigation.hypothesis import Answer, Hypothesis, no, unknown, yes
from fleetscan.diagnosis.measures.socket_buffers import BUFFER_LIMITS, BufferLimits, attribute, socket_buffers
from fleetscan.diagnosis.rules import socket_buffers_held
from fleetscan.model import Cause, Finding, Suspect, Window
from fleetscan.quantities import count, percent, size


def _examine(window: Window, _findings: Sequence[Finding], limits: BufferLimits) -> Answer:
    buffers = socket_buffers(window, limits)
    if not buffers.are_many:
        return no(f"{count(buffers.heads)} socket buffers (skbuff) in kernel memory, which is normal{_queued(window)}")
    held = f"{count(buffers.heads)} socket buffers (skbuff) hold {size(buffers.held_bytes)}"
    found = attribute(buffers, window)
    match found.cause:
        case Cause.SOCKET_QUEUE if found.suspects:
            return yes(f"{_named(found.suspects[0])}; {held}; {found.words}")
        case Cause.NETWORK_KERNEL_LEAK:
            return no(f"no process found: {held}; {found.words}")
        case _:
            return unknown(f"{_most(found.suspects)}{held}; {found.words}")


def _queued(window: Window) -> str:
    sockets = window.last.get(Sockets)
    return "" if sockets is None else f"; sockets hold {size(sockets.receive_queue_bytes)} unread"


def _named(suspect: Suspect) -> str:
    image = f", image {suspect.image}" if suspect.image else ""
    share = "" if suspect.share is None else f" ({percent(suspect.share)})"
    return f"{suspect.kind} {suspect.name}{share}{image}: {suspect.reason}"


def _most(suspects: Sequence[Suspect]) -> str:
    return f"at most a part: {_named(suspects[0])}; " if suspects else "no process found: "


HOLDER = Hypothesis(
    id="holder",
    question="Does a process hold the socket buffers, and which one?",
    examine=_examine,
    limits=BUFFER_LIMITS,
    rules=(socket_buffers_held.RULE.id,),
)
