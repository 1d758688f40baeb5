"""A message as mail, read on a phone at three in the morning: plain text, headline first.

One item is one line, however long, because a mail program wraps lines at its own width; commands can be copied whole.
No tables: few mail programs show plain text in a fixed-width font. What does not fit is left out by weight, whole items
at a time, and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fleetscan.immutable import immutable
from fleetscan.render.message.digest import Compared, Digest, NodeLine, RootCauseLines, Task, TerminationLine
from fleetscan.render.words.before_after import AFTER, BEFORE
from fleetscan.render.words.escape import unlinked, unmentioned
from fleetscan.render.words.remedy import Part

CHARACTERS = 8_000
"""Four screens of a laptop. SNS itself takes 256 KiB."""

_HEADLINE_CHARACTERS = 1_200
_LEFT_OUT_CHARACTERS = 300
"""Of the line that names the sections of which nothing is left; all headings together take 250."""
_CHANGES = 12
_STANDING = 5
_FLEET = 4
_GAPS = 6
_MUTES = 5
_TO_DO = "REMEDIES (review each command before you run it)"
_UNTIL_THEN = "UNTIL THEN, OR IF THE PROBLEM PERSISTS"


@immutable
class Section:
    """A heading and its items, most important first; those at the end are left out first."""

    heading: str
    items: tuple[str, ...]
    """Each of one or more lines."""
    weight: int
    """The section with the smallest weight gives way first."""
    least: int = 0
    """Items that stay as long as any section of less weight has more than its own."""
    left_out: int = 0
    is_airy: bool = False
    """Whether an empty line stands between its items."""

    @property
    def text(self) -> str:
        """The section with an empty line before it; nothing where it has no items."""
        if not self.items:
            return ""
        more = (f"- and {self.left_out:,} more",) if self.left_out else ()
        gap = "\n\n" if self.is_airy else "\n"
        return f"\n{self.heading}\n{gap.join((*self.items, *more))}\n"

    def shorter(self) -> Section:
        """Return it without its last item."""
        return replace(self, items=self.items[:-1], left_out=self.left_out + 1)


def text(digest: Digest) -> str:
    """Return the mail's text, at most ``CHARACTERS`` long, and never cut in the middle of an item."""
    headline = _headline([unlinked(one) for one in digest.headline])
    links = _links(digest)
    end = unlinked(f"\n{digest.coverage}; {digest.scan}.\n")
    room = CHARACTERS - len(headline) - len(links) - len(end) - _LEFT_OUT_CHARACTERS
    sections = [replace(one, items=tuple(map(unlinked, one.items))) for one in _sections(digest)]
    fitted = _fitted(sections, room)
    gone = ", ".join(section.heading.lower() for section in fitted if section.left_out and not section.items)
    left_out = f"\nLeft out for length: {gone}.\n" if gone else ""
    return unmentioned(f"{headline}\n{''.join(section.text for section in fitted)}{left_out}{links}{end}")


def _sections(digest: Digest) -> list[Section]:
    """Return the sections in the order in which they are read."""
    root_causes = tuple(_root_cause(number, one) for number, one in enumerate(digest.root_causes, start=1))
    tasks = tuple(_task(number, one) for number, one in enumerate(digest.tasks, start=len(root_causes) + 1))
    changed = _capped([f"- {one.words}" for one in digest.changes], _CHANGES)
    compared = Section(heading="BEFORE AND AFTER", items=tuple(map(_compared, digest.compared)), weight=70, least=1)
    changes = replace(changed, heading="CHANGES", weight=60, least=3)
    return [
        Section(
            heading="POD TERMINATIONS (UTC)",
            items=tuple(map(_termination, digest.terminations)),
            weight=75,
            least=1,
            is_airy=True,
        ),
        Section(heading="LIKELY CAUSE, NOT CONFIRMED", items=_bullets(digest.likely_causes), weight=80, least=1),
        Section(heading=_TO_DO, items=root_causes, weight=100, least=len(root_causes), is_airy=True),
        Section(heading=_UNTIL_THEN if root_causes else _TO_DO, items=tasks, weight=50, least=1, is_airy=True),
        Section(heading="OTHER REMEDIES", items=_bullets(digest.short), weight=20),
        *((compared, changes) if digest.is_over else ()),
        Section(
            heading="NODES, WORST FIRST",
            items=tuple(map(_node, digest.nodes)),
            weight=65,
            least=2,
            left_out=digest.nodes_total - len(digest.nodes),
        ),
        *(() if digest.is_over else (changes, compared)),
        replace(_capped(_bullets(digest.expired_mutes), _MUTES), heading="EXPIRED MUTES", weight=55, least=1),
        replace(_capped(_bullets(digest.fleet), _FLEET), heading="FLEET-WIDE FINDINGS", weight=30),
        replace(_capped(_bullets(digest.unchanged), _STANDING), heading="ONGOING, UNCHANGED", weight=10),
        replace(_capped(_bullets(digest.gaps), _GAPS), heading="COVERAGE GAPS", weight=40, least=1),
    ]


def _fitted(sections: list[Section], room: int) -> list[Section]:
    """Return the sections shortened to the limit: items are left out, last first, from the lightest section."""
    sections = list(sections)
    while sum(len(section.text) for section in sections) > room:
        spare = [one for one in sections if len(one.items) > one.least] or [one for one in sections if one.items]
        if not spare:
            break
        least = min(spare, key=lambda one: one.weight)
        sections[sections.index(least)] = least.shorter()
    return sections


def _capped(items: Sequence[str], most: int) -> Section:
    return Section(heading="", items=tuple(items[:most]), weight=0, left_out=max(len(items) - most, 0))


def _bullets(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"- {words}" for words in texts)


def _termination(one: TerminationLine) -> str:
    return "\n".join([one.title, *(f"- {step}" for step in one.steps)])


def _root_cause(number: int, one: RootCauseLines) -> str:
    where = f" in cluster {one.cluster}" if one.cluster else ""
    image = f", image {one.image}" if one.image else ""
    lines = [f"{number}. {one.heading}: {one.who}{where}{image} ({one.confidence})"]
    lines += [f"   - {reason}" for reason in one.reasons]
    lines += [f"   - affected: {one.affected}"] if one.affected else []
    lines += _instructions(one.remedy)
    lines += [f"   Also resolves: {', '.join(one.ends)}"] if one.ends else []
    return "\n".join(lines)


def _task(number: int, one: Task) -> str:
    where = f" on {one.where}" if one.where else ""
    return "\n".join([f"{number}. {one.title}{where} [{', '.join(one.rules)}]", *_instructions(one.remedy)])


def _instructions(remedy: Sequence[Part]) -> list[str]:
    return [f"{' ' * 7 if part.is_command else ' ' * 3}{part.text}" for part in remedy]


def _node(one: NodeLine) -> str:
    return f"- {one.name}: {one.words}\n    {one.evidence}" if one.evidence else f"- {one.name}: {one.words}"


def _compared(one: Compared) -> str:
    """Return a node before and after, a figure a line: ``Slab (SUnreclaim): 2,143 MiB -> 74 MiB``."""
    if one.is_gone:
        return f"- {one.host} is gone, so there are no readings after. Resolved: {', '.join(one.rules)}"
    figures = [f"    {label}: {before} -> {after}" for label, before, after in one.rows]
    return "\n".join([f"- {one.host}, {BEFORE} -> {AFTER}", *figures, f"    Resolved: {', '.join(one.rules)}"])


def _links(digest: Digest) -> str:
    """Return where to read on: each address on its own line, and the command that works after the first has expired."""
    where = digest.whereabouts
    named = (
        ("Full report (the link expires after some hours, with the session that signed it):", where.report_url),
        (
            "Any time:",
            f"fleetscan report --bucket {where.bucket} --scan {unlinked(digest.scan_id)}" if where.key else "",
        ),
        ("Dashboard:", where.dashboard_url),
    )
    return "".join(f"\n{what}\n{address}\n" for what, address in named if address)


def _headline(sentences: Sequence[str]) -> str:
    """Return the first sentence as a paragraph, and as many of the others as fit whole as another."""
    first, *others = sentences
    words = first if len(first) <= _HEADLINE_CHARACTERS else first[: _HEADLINE_CHARACTERS - 3].rstrip() + "..."
    for place, one in enumerate(others):
        longer = f"{words}{' ' if place else '\n\n'}{one}"
        if len(longer) > _HEADLINE_CHARACTERS:
            break
        words = longer
    return words
