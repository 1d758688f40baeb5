"""What a message says, chosen once for all messages: mail, Slack and chat notification.

A message is not a report. It says what changed, the probable root cause, what to review and run, and which node runs
out of memory next; how it was found and all that is healthy is in the report, to which it links. Every string is
sanitized and bounded, and not yet escaped for a medium.
"""

from __future__ import annotations

from fleetscan.immutable import immutable
from fleetscan.model import Severity
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.render.words.remedy import Part


@immutable
class RootCauseLines:
    """A probable root cause, or what one node says: what, where, why, and what to run."""

    heading: str
    """``Probable root cause``, or whose word it is."""
    who: str
    image: str
    cluster: str
    confidence: str
    """``confidence: high, its own sockets hold most of the kernel memory``."""
    reasons: tuple[str, ...]
    new_reasons: tuple[str, ...]
    """Those that the headline has not given."""
    affected: str
    """Names of the affected nodes; empty where there is only one node."""
    remedy: tuple[Part, ...]
    ends: tuple[str, ...]
    """Rules whose findings it explains."""


@immutable
class Task:
    """A remedy for findings without a root cause."""

    title: str
    rules: tuple[str, ...]
    where: str
    remedy: tuple[Part, ...]


@immutable
class NodeLine:
    """One node with a reported finding, and its time to memory exhaustion."""

    name: str
    state: str
    """``critical, failing now``, ``critical``, ``warning``."""
    measures: tuple[str, ...]
    evidence: str
    """What the finding that says most says."""
    left: str
    """When its memory runs out, in words; empty where it is not lost steadily."""

    @property
    def words(self) -> str:
        """All but its name and evidence, the most urgent first."""
        left = f"out of memory {self.left}" if self.left else ""
        return ", ".join(part for part in (self.state, left, *self.measures) if part)


@immutable
class ChangeLine:
    """One change of one incident."""

    word: str
    """Of its kind, as ``change_words.KINDS`` has it."""
    severity: Severity
    title: str
    details: str

    @property
    def words(self) -> str:
        """``opened, critical: High unreclaimable slab memory [slab_unreclaimable_high]: on 3 nodes``."""
        return f"{self.word}, {self.severity.value}: {self.title}: {self.details}"


@immutable
class Compared:
    """A node before and after."""

    host: str
    rows: tuple[tuple[str, str, str], ...]
    rules: tuple[str, ...]
    is_gone: bool


@immutable
class TerminationLine:
    """Why a pod was terminated."""

    title: str
    """``live/main-service-x2x9q and 2 more pods, 4 h ago``."""
    steps: tuple[str, ...]
    """From the termination back to what lies behind it: ``02:08:31 because its node went NotReady ...``."""


@immutable
class Digest:
    """All that a message may say, most important first."""

    label: str
    """``critical``, ``warning``, ``info``, ``none``, or ``resolved`` where all of it is over."""
    subject: str
    """What happened in few words: "3 of 16 nodes critical in live - kernel socket buffers"."""
    headline: tuple[str, ...]
    """Sentences, the most important one first."""
    is_over: bool
    terminations: tuple[TerminationLine, ...]
    """The latest first; none where all of it is over."""
    root_causes: tuple[RootCauseLines, ...]
    likely_causes: tuple[str, ...]
    """What is likely and why, where no root cause is known."""
    tasks: tuple[Task, ...]
    short: tuple[str, ...]
    """Remedies in a line each."""
    nodes: tuple[NodeLine, ...]
    nodes_total: int
    changes: tuple[ChangeLine, ...]
    compared: tuple[Compared, ...]
    expired_mutes: tuple[str, ...]
    fleet: tuple[str, ...]
    """What concerns the fleet and no node in particular, and the problems without a root cause."""
    unchanged: tuple[str, ...]
    """Open incidents that did not change."""
    coverage: str
    """``14 of 16 nodes responded``."""
    gaps: tuple[str, ...]
    """Which nodes did not respond, and what was skipped."""
    scan_id: str
    scan: str
    """The scan's id and time."""
    whereabouts: Whereabouts
