"""A capture without the names of its owner: by the columns of each section, and word by word where there are none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from fleetscan.capture.procfs.images import letters, number
from fleetscan.redaction import known
from fleetscan.redaction.names import Names
from fleetscan.redaction.text import kernel_line, message

_COLUMNS: Mapping[str, Sequence[str]] = {
    "sockets": ("", "", "", "", "", "", "command", "pod", "container", "image"),
    "pods": ("", "pod"),
    "processes": ("", "command", "", "", "pod"),
    "containers": ("", "pod", "container", "image"),
    "descriptors": ("", "command", "", "pod"),
    "tasks": ("", "", "", "command"),
    "waiting": ("", "command", "pod"),
    "filesystems": ("path", "path", "", "", "", "", "", "", ""),
    "disks": ("", "", "", "", "", "", "", "", "volume"),
}
"""Section -> what each word of a row is."""
_WITHOUT_NAMES = frozenset(
    {
        *("uptime", "stat", "vmstat", "pressure", "meminfo", "slices", "host", "loadavg", "slabinfo", "sockstat"),
        *("conntrack", "tcp_mem", "file_nr", "pid_max", "cgroups", "arcstats", "services", "threads_max", "clock"),
        *("interfaces", "allowances", "neighbours", "buddyinfo", "inotify"),
    }
)
"""Sections of figures, and of words that are the kernel's own."""
_FIGURES = re.compile(r"[A-Za-z0-9_().:-]+(?: [A-Za-z0-9_=.:()/+-]+)*|")
_BEGINS = re.compile(r"@[a-z_]{1,32}|@end (?:summary|detail)(?: [a-z_]+=[a-z0-9_,-]+)+")
_HASH = re.compile(r"[0-9]{1,10}")
_LETTERS = re.compile(r"[A-Za-z]{10}")
_TEXT_FROM = 2
"""Of a line of the kernel log the kind and the age stand before its text, of the journal's the kind and the count."""
_HEADS = frozenset({"total", "read"})


def redacted(names: Names, text: str) -> str:
    """Return a capture with its names replaced; what is in no section that is known is taken for sentences."""
    section = ""
    lines = []
    for line in text.split("\n"):
        if line.startswith("@"):
            section = line[1:]
            lines.append(line if _BEGINS.fullmatch(line) else message(names, line))
        else:
            lines.append(_line(names, section, line))
    return "\n".join(lines)


def sections() -> frozenset[str]:
    """Return the sections of which it is known where in them a name stands."""
    return _WITHOUT_NAMES | _COLUMNS.keys() | {"images", "kernel_log", "journal"}


def _line(names: Names, section: str, line: str) -> str:
    words = line.split(" ")
    if section in _COLUMNS and words[0] not in _HEADS:
        return " ".join(_row(names, _COLUMNS[section], words))
    if section in _WITHOUT_NAMES or section in {"", "first", "last"} or words[0] in _HEADS:
        return line if _FIGURES.fullmatch(line) else message(names, line)
    if section == "images":
        return " ".join(_image(names, word) for word in words)
    if section == "kernel_log":
        return " ".join([*words[:_TEXT_FROM], kernel_line(names, " ".join(words[_TEXT_FROM:]))])
    if section == "journal":
        return " ".join([*words[:_TEXT_FROM], message(names, " ".join(words[_TEXT_FROM:]))])
    return message(names, line)


def _image(names: Names, word: str) -> str:
    """Return what stands for the hash of an image, in letters as the script writes it or in decimal as it did."""
    if _HASH.fullmatch(word):
        return str(names.image_hash(int(word)))
    return letters(names.image_hash(number(word))) if _LETTERS.fullmatch(word) else word


def _row(names: Names, columns: Sequence[str], words: Sequence[str]) -> Sequence[str]:
    kinds = dict(zip(columns, words, strict=False))
    namespace = kinds.get("pod", "").partition("/")[0]
    is_system = namespace == known.SYSTEM_NAMESPACE
    of_kind: Mapping[str, Callable[[str], str]] = {
        "command": lambda word: names.command(word, namespace if is_system else ""),
        "container": lambda word: names.container(word, namespace if is_system else ""),
        "pod": names.pod,
        "image": names.image,
        "path": lambda word: message(names, word),
        "volume": names.volume,
        "": lambda word: word,
    }
    # The pod first: a process that is named as its pod is gets the pod's replacement, which says more.
    for kind in ("pod", "container"):
        if kind in kinds:
            of_kind[kind](kinds[kind])
    new = [of_kind[kind](word) for kind, word in zip(columns, words, strict=False)]
    # A row that is longer than its format is not this format's: what is behind may be anything.
    rest = (word if word.isdecimal() or word in known.QOS else message(names, word) for word in words[len(columns) :])
    return [*new, *rest]
