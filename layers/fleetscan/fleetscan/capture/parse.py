"""Parses a capture into Window and Coverage: values, or sentences that say why there are none.

The format is described in docs/capture-format.md. Everything in a capture comes from a node that may be broken or
hostile: nothing here raises, nothing is used that does not parse, and no text of the node is passed on unquoted. A
section that does not parse is absent from its sample with the reason; the other sections still count.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from fleetscan.capture.procfs import SOURCES, Source
from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.tasks import Tasks
from fleetscan.capture.sanitize import first_unprintable
from fleetscan.capture.window_length import seconds_between
from fleetscan.errors import CaptureError, ParseError
from fleetscan.model import Capture, CaptureStatus, Coverage, Sample, Window
from fleetscan.numbers import shown

MAGIC = "fleetscan-capture"
VERSION = 2

OLDEST_VERSION = 1
"""Still read: nodes send it until the SSM document is updated."""

MAX_CHARACTERS = 24_000
"""The most that SSM can return: GetCommandInvocation's StandardOutputContent has at most 24,000 characters."""

MAX_SECTIONS = 100
"""Thirty-six sections, a third of them in two parts and a few in three, with room for those of a newer script."""

MAX_PROBLEMS = 20

CUT_MARKS = ("--output truncated--", "---Output truncated---")
"""What SSM appends where it truncated: the agent at 24,000 bytes of stdout, the list call's Output at 2,500."""

ERROR_TITLE = "\n----------ERROR-------"
"""What the list call's Output puts between stdout and stderr."""

ALWAYS_THERE = (
    "uptime",
    "stat",
    "vmstat",
    "meminfo",
    "host",
    "loadavg",
    "slabinfo",
    "sockstat",
    "tcp_mem",
    "file_nr",
    "pid_max",
    "tasks",
)
"""Sections that every Linux node has: if one is missing without a reason, coverage reports it."""

_KERNEL_LOG = "kernel log"
HIDDEN = ("processes", "pods", "file systems of the host", _KERNEL_LOG)
"""What a script in a container of its own cannot see: it has a process namespace and capabilities of its own
(Bottlerocket's control container)."""

HIDDEN_SECTIONS = frozenset(
    {
        "tasks",
        "services",
        "processes",
        "descriptors",
        "waiting",
        "pods",
        "images",
        "containers",
        "filesystems",
        "journal",
        "kernel_log",
    }
)
"""The sections that say of such a container what elsewhere is said of the host: they are not used."""

_END = re.compile(r"end (summary|detail)((?: [a-z_]+=[^ ]+)+)")
_NAME = re.compile(r"[a-z_]{1,32}")
_VERSION = re.compile(r"[0-9]{1,6}")
_NOT_IN_FIRST = {
    source.section: (
        f"section {source.section} missing from the first sample"
        if source.sampled_twice
        else f"section {source.section} is collected only in the last sample"
    )
    for source in SOURCES
}
_KNOWN = frozenset(source.section for source in SOURCES)
_SAMPLES = frozenset({"first", "last"})
"""The samples that a line ``@name`` may begin, in addition to sections."""
_REQUIRED_NOTES = {"summary": {"triggers", "dropped", "unreadable"}, "detail": {"dropped"}}

type _Part = dict[str, str]
"""Section name -> its lines, whole."""


@dataclass(slots=True)
class _Layout:
    """A capture split into sections, before any of them is parsed."""

    parts: dict[str, _Part] = field(default_factory=lambda: {"first": {}, "last": {}, "detail": {}})
    notes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """``summary`` and ``detail`` -> the notes of its end line; a part without its end line was truncated."""
    cut_section: str | None = None
    """The section that was still open when the text ended."""
    stray_lines: int = 0
    twice: dict[str, set[str]] = field(default_factory=lambda: {"first": set(), "last": set(), "detail": set()})
    problems: list[str] = field(default_factory=list)
    version: int = VERSION
    is_recording: bool = False
    is_summary_only: bool = False
    lost: set[str] = field(default_factory=set)
    """The sections that the node has and that could not be used in whole."""
    hidden: tuple[str, ...] = ()
    """What it could not see of the host, as it ran in a container of its own (Bottlerocket)."""

    @property
    def wants_detail(self) -> bool:
        """Whether a trigger fired on the node, so that it has detail."""
        return self.notes.get("summary", {}).get("triggers", "-") != "-"

    def named(self, key: str, *parts: str) -> set[str]:
        """Return the section names that the end lines of these parts give for a key."""
        values = {self.notes.get(part, {}).get(key, "-") for part in parts} - {"-"}
        return {name for value in values for name in value.split(",")[:MAX_SECTIONS] if _NAME.fullmatch(name)}


def read(capture: Capture) -> tuple[Window, Coverage]:
    """Parse the output of a node; never raises.

    A node that did not respond, and an output that is no capture at all, have an empty window: no source in any sample.
    """
    if capture.status is not CaptureStatus.ANSWERED:
        return _nothing(), Coverage(status=capture.status, reason=capture.reason)
    try:
        layout = _lay_out(capture.text, is_summary_only=capture.is_summary_only)
    except CaptureError as error:
        return _nothing(), Coverage(status=capture.status, reason=capture.reason, problems=(str(error),))
    layout.is_recording = capture.is_recording
    first, last, problems = _first_sample(layout), _last_sample(layout), layout.problems
    seconds = seconds_between(first, last, problems)
    coverage = Coverage(
        status=capture.status,
        reason=capture.reason,
        problems=_bounded(problems),
        version=layout.version,
        is_recording=capture.is_recording,
        lost=tuple(sorted(layout.lost)),
        hidden=layout.hidden,
    )
    return Window(first=first, last=last, seconds=seconds), coverage


def _nothing() -> Window:
    return Window(first=Sample(), last=Sample())


def _lay_out(text: str, *, is_summary_only: bool) -> _Layout:
    """Split a capture into sections; one that is invalid as a whole is a CaptureError."""
    _check_whole(text)
    layout = _Layout(is_summary_only=is_summary_only)
    output, title, errors = text.partition(ERROR_TITLE)
    if title:
        layout.problems.append(f"the collection script failed or wrote errors: {shown(errors.strip('- \n'))}")
    whole, is_marked = _unmarked(output)
    header, _, body = whole.partition("\n")
    layout.version = _version(header)
    _collect_sections(body, layout)
    _note_truncation(layout, characters=len(output), is_marked=is_marked)
    if layout.stray_lines:
        count, were = ("1 line", "was") if layout.stray_lines == 1 else (f"{layout.stray_lines} lines", "were")
        layout.problems.append(f"{count} outside of any section {were} ignored")
    return layout


def _check_whole(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise CaptureError(f"the output has {len(text)} characters, more than the {MAX_CHARACTERS} that SSM can return")
    if not text.strip():
        raise CaptureError("the node returned an empty output")
    unprintable = first_unprintable(text)
    if unprintable:
        position, character = unprintable
        raise CaptureError(f"the output is not plain text: {shown(character)} at character {position + 1}")


def _version(line: str) -> int:
    """Return the version of the format; one that cannot be read is a CaptureError."""
    magic, _, version = line.partition(" ")
    if magic != MAGIC:
        raise CaptureError(f"the output is not from the collection script, it begins with {shown(line)}")
    if not _VERSION.fullmatch(version):
        raise CaptureError(f"the version of the output is not a number: {shown(version)}")
    if not OLDEST_VERSION <= int(version) <= VERSION:
        known = f"only {OLDEST_VERSION} to {VERSION} are supported"
        behind = "fleetscan" if int(version) > VERSION else "the SSM document"
        raise CaptureError(f"the output has version {int(version)} and {known}: update {behind}")
    return int(version)


def _unmarked(output: str) -> tuple[str, bool]:
    """Return the text, and whether SSM's truncation mark was at the end; then the line before it may be incomplete."""
    whole = output.rstrip()
    for mark in CUT_MARKS:
        if whole.endswith(mark):
            head, line_end, only = whole.removesuffix(mark).removesuffix("\n").rpartition("\n")
            return head if line_end else only, True
    return output, False


def _collect_sections(text: str, layout: _Layout) -> None:
    """Sort the blocks into parts. A section is complete if another block follows it."""
    above, *blocks = f"\n{text}".split("\n@")
    layout.stray_lines += _lines(above)
    if len(blocks) >= MAX_SECTIONS:
        layout.problems.append(f"more than {MAX_SECTIONS} sections: the rest was ignored")
    part = "last"
    for number, block in enumerate(blocks[: MAX_SECTIONS - 1], start=1):
        name, _, body = block.partition("\n")
        if _is_section(name) and "detail" not in layout.notes:
            if number == len(blocks):
                layout.cut_section = name
            else:
                _keep(layout, part, name, body)
            continue
        layout.stray_lines += _lines(body)
        if "detail" in layout.notes:
            layout.stray_lines += 1
        elif name in _SAMPLES and part != "detail":
            part = name
        elif _is_end(name, layout):
            part = "detail"
        else:
            layout.problems.append(f"unknown section: {shown(f'@{name}')}")


def _is_section(name: str) -> bool:
    """Return whether a line ``@name`` opens a section, of those that are known or of a newer script."""
    return name in _KNOWN or (name not in _SAMPLES and _NAME.fullmatch(name) is not None)


def _lines(text: str) -> int:
    return sum(1 for line in text.split("\n") if line.strip())


def _keep(layout: _Layout, part: str, name: str, text: str) -> None:
    """Keep a section; of two with the same name in one part neither is used."""
    if name in layout.parts[part] or name in layout.twice[part]:
        layout.parts[part].pop(name, None)
        layout.twice[part].add(name)
    else:
        layout.parts[part][name] = text


def _is_end(line: str, layout: _Layout) -> bool:
    """Return whether a line ends a part that is still open, and keep its notes."""
    match = _END.fullmatch(line)
    if match is None:
        return False
    # Split at blanks only, like the pattern: a value may contain a tab.
    part, words = match[1], match[2].removeprefix(" ").split(" ")
    notes = dict(word.split("=", 1) for word in words)
    is_in_turn = ("summary" in layout.notes) == (part == "detail")
    if not is_in_turn or not notes.keys() >= _REQUIRED_NOTES[part]:
        return False
    layout.notes[part] = notes
    return True


def _note_truncation(layout: _Layout, *, characters: int, is_marked: bool) -> None:
    """Add a problem if the capture, or its detail, has no end line."""
    dropped = f", its last section {layout.cut_section} was dropped" if layout.cut_section else ""
    if "summary" not in layout.notes:
        layout.problems.append(f"the output was truncated after {characters} characters{dropped}")
    elif "detail" not in layout.notes and not (layout.is_summary_only or _is_all(layout, is_marked=is_marked)):
        layout.problems.append(
            f"the summary is complete, but the detail was truncated after {characters} characters{dropped}"
        )


def _is_all(layout: _Layout, *, is_marked: bool) -> bool:
    """Return whether a capture without detail is complete and was not truncated."""
    return not (layout.wants_detail or layout.cut_section or is_marked)


def _first_sample(layout: _Layout) -> Sample:
    """Parse the first sample. What is missing there is reported by rules that need it, not by coverage."""
    values, errors = _parse_part(layout, "first", "first sample: ")
    absent = {
        source.type: errors.get(source.section) or _NOT_IN_FIRST[source.section]
        for source in SOURCES
        if source.section not in values
    }
    return Sample(values.values(), absent)


def _last_sample(layout: _Layout) -> Sample:
    """Parse the last sample: the summary's sections, each replaced by the detail's where that one can be read."""
    summary, errors = _parse_part(layout, "last", "")
    detail, detail_errors = _parse_part(layout, "detail", "detail: ")
    # An empty section in the detail does not replace that of the summary.
    values = detail | summary | {name: value for name, value in detail.items() if layout.parts["detail"][name].strip()}
    hidden = _hidden(layout, values)
    values = {name: value for name, value in values.items() if name not in hidden}
    unreadable = layout.named("unreadable", "summary", "detail") - values.keys() - hidden
    dropped = ((layout.named("dropped", "summary") - detail.keys()) | layout.named("dropped", "detail")) - hidden
    layout.problems += [f"section {name} could not be read on the node" for name in sorted(unreadable)]
    tasks = values.get("tasks")
    if isinstance(tasks, Tasks) and not tasks.is_whole:
        dropped -= {"tasks"}  # the list was longer than the script reads, and the output not too long for it
        counts = f"{tasks.processes_read} of {tasks.processes} processes were read"
        layout.problems.append(f"{counts}: services, pods, images and sockets may be missing")
    layout.problems += [f"section {name} was dropped or shortened to fit the output limit" for name in sorted(dropped)]
    reasons = detail_errors | errors
    layout.lost = unreadable | dropped | reasons.keys()
    if "summary" not in layout.notes:
        layout.lost |= _KNOWN - values.keys()
    layout.lost &= _KNOWN
    if "summary" in layout.notes:
        explained = values.keys() | reasons.keys() | unreadable | dropped | hidden
        if missing := [name for name in ALWAYS_THERE if name not in explained]:
            layout.problems.append(
                f"{'not recorded' if layout.is_recording else 'not collected'}: {', '.join(missing)}"
            )
    absent = {
        source.type: (_hidden_reason(layout) if source.section in hidden else None)
        or reasons.get(source.section)
        or _reason(source, layout, unreadable, dropped)
        for source in SOURCES
        if source.section not in values
    }
    return Sample(values.values(), absent)


def _hidden(layout: _Layout, values: Mapping[str, object]) -> frozenset[str]:
    """Return the sections that are not the host's, and note what cannot be seen of it."""
    host = values.get("host")
    if not isinstance(host, Host) or host.sees_processes is not False:
        return frozenset()
    # A container has no kernel log of its own: where one can be read, it is the host's.
    if "kernel_log" in values:
        layout.hidden = tuple(one for one in HIDDEN if one != _KERNEL_LOG)
        return HIDDEN_SECTIONS - {"kernel_log"}
    layout.hidden = HIDDEN
    return HIDDEN_SECTIONS


def _hidden_reason(layout: _Layout) -> str:
    return f"not visible from the agent's container: {', '.join(layout.hidden)}"


def _parse_part(layout: _Layout, part: str, prefix: str) -> tuple[dict[str, object], dict[str, str]]:
    """Return the values of one part by section, and the reasons of those that could not be read.

    An empty section that its parser rejects is one for which the node had no data: neither value nor error.
    """
    values: dict[str, object] = {}
    errors: dict[str, str] = {}
    texts, twice = layout.parts[part], layout.twice[part]
    if not (texts or twice):
        return values, errors
    for source in SOURCES:
        section = source.section
        if section in texts:
            try:
                values[section] = source.parse(texts[section])
            except ParseError as error:
                if texts[section].strip():
                    errors[section] = f"{prefix}{error}"
        elif section in twice:
            errors[section] = f"{prefix}{section} is given twice"
    layout.problems += errors.values()
    return values, errors


def _reason(source: Source, layout: _Layout, unreadable: Collection[str], dropped: Collection[str]) -> str:
    """Return the sentence for a source that is not in the last sample and did not fail to parse."""
    name = source.section
    if name in unreadable:
        return f"section {name} could not be read on the node"
    if name in dropped:
        return f"section {name} was dropped to fit the output limit"
    if name == layout.cut_section or "summary" not in layout.notes:
        return f"section {name} was cut off: the collected data ends before it"
    if name in layout.parts["last"]:
        return f"section {name} was empty on the node"
    return f"section {name} missing from the collected data"


def _bounded(problems: list[str]) -> tuple[str, ...]:
    """Return at most ``MAX_PROBLEMS`` sentences, the last of which then counts the others."""
    if len(problems) <= MAX_PROBLEMS:
        return tuple(problems)
    return (*problems[: MAX_PROBLEMS - 1], f"and {len(problems) - MAX_PROBLEMS + 1} more problems")
