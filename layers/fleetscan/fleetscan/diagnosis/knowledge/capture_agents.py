"""The list of known capture agents, programs that capture packets on purpose: ``capture_agents.toml``, read strictly.

They are reported with their purpose and are not suspects as long as they hold little. A malformed entry raises when the
list is read, which a test does: the build fails, never a scan.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from fleetscan.capture.procfs.images import repository_of
from fleetscan.diagnosis.knowledge.entries import demand_unique, shipped, tables, word
from fleetscan.diagnosis.knowledge.unmaintained import Confidence, is_listed
from fleetscan.errors import ParseError
from fleetscan.immutable import immutable

_SOURCE = "capture_agents.toml"
_FIELDS = {"id", "purpose", "repositories", "commands", "is_daemon", "source", "confidence"}
_ID = re.compile(r"[a-z][a-z0-9_]*")
_REPOSITORY = re.compile(r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*")
_COMMAND = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,14}")
_WORDS = re.compile(r"\S.*")


@immutable
class CaptureAgent:
    """One entry of the list."""

    id: str
    purpose: str
    """Its purpose, as the end of a sentence."""
    repositories: tuple[str, ...]
    commands: tuple[str, ...]
    """Process names of the host, at most 15 characters as the kernel keeps them."""
    is_daemon: bool
    """A part of the operating system: with an empty socket it is not reported."""
    source: str
    confidence: Confidence


@cache
def capture_agents() -> tuple[CaptureAgent, ...]:
    """Return the list that ships with the package."""
    return parse(shipped(_SOURCE))


def capture_agent(
    *, image: str = "", command: str = "", agents: Sequence[CaptureAgent] | None = None
) -> CaptureAgent | None:
    """Return the entry of a pod's image, or of a host process by its command; None for any other.

    A process in a pod is identified by its image alone: in a container any program may be named ``tcpdump``.
    """
    for agent in capture_agents() if agents is None else agents:
        if image and is_listed(repository_of(image), agent.repositories):
            return agent
        if not image and command in agent.commands:
            return agent
    return None


def parse(text: str) -> tuple[CaptureAgent, ...]:
    """Read a list; ParseError names the first entry that is not as it should be."""
    agents = tuple(_agent(number, table) for number, table in enumerate(tables(text, _SOURCE, "agent"), start=1))
    demand_unique(_SOURCE, "id", (agent.id for agent in agents))
    demand_unique(_SOURCE, "repository", (name for agent in agents for name in agent.repositories))
    demand_unique(_SOURCE, "command", (name for agent in agents for name in agent.commands))
    return agents


def _agent(number: int, table: object) -> CaptureAgent:
    if not isinstance(table, dict) or set(table) != _FIELDS:
        raise ParseError(_SOURCE, 0, f"agent {number} must have exactly the fields {', '.join(sorted(_FIELDS))}")
    entry = f"agent {number}"
    repositories = _list(entry, "repositories", table["repositories"], _REPOSITORY)
    commands = _list(entry, "commands", table["commands"], _COMMAND)
    if not repositories and not commands:
        raise ParseError(_SOURCE, 0, f"agent {number} has neither an image nor a command")
    if not isinstance(table["is_daemon"], bool):
        raise ParseError(_SOURCE, 0, f"agent {number}: is_daemon is neither true nor false")
    try:
        confidence = Confidence(table["confidence"])
    except ValueError as error:
        raise ParseError(_SOURCE, 0, f"agent {number}: {error}") from error
    return CaptureAgent(
        id=word(_SOURCE, entry, "id", table["id"], _ID),
        purpose=word(_SOURCE, entry, "purpose", table["purpose"], _WORDS),
        repositories=repositories,
        commands=commands,
        is_daemon=table["is_daemon"],
        source=word(_SOURCE, entry, "source", table["source"], _WORDS),
        confidence=confidence,
    )


def _list(entry: str, field: str, value: object, pattern: re.Pattern[str]) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ParseError(_SOURCE, 0, f"{entry}: {field} is no list of names")
    return tuple(word(_SOURCE, entry, field, name, pattern) for name in value)
