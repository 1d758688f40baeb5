"""Hostile output by hand: what somebody who has read the parsers would send, each with a name.

A test demands that each is survived; a benchmark says what each costs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import cache

from fleetscan.capture.parse import MAX_CHARACTERS
from fleetscan.capture.procfs import SOURCES
from tests.fuzz import material

GARBAGE = 1_000_000
"""Characters of what only a broken client could bring."""

HOSTILE_NUMBERS = {
    "ten thousand digits": "7" * 10_000,
    "twenty digits": "9" * 20,
    "more than 64 bits": "18446744073709551616",
    "not a number": "nan",
    "infinity": "inf",
    "an exponent": "1e999",
    "negative": "-1",
    "digits of another script": "\u0661\u0662\u0663",
    "zero": "0",
}


@cache
def captures() -> Mapping[str, str]:
    """Return every case by its name."""
    return dict(_cases())


def _cases() -> Iterator[tuple[str, str]]:
    leaking = material.captures()["incident-00"]
    yield "nothing", ""
    yield "blanks", " \n\t\n" * 1_000
    yield "zero bytes", "\x00" * MAX_CHARACTERS
    yield "a zero byte in the middle", leaking.replace("kubelet", "kube\x00let")
    yield "bytes that are no UTF-8", leaking + b"\xff\xfe\xc3\x28".decode("utf-8", "surrogateescape")
    yield "halves of characters", leaking.replace("scope", "\ud800\udfff")
    yield "a mark that turns text round", leaking.replace("weave-scope", "\u202eweave-scope")
    yield "an escape sequence", leaking.replace("amzn-2023", "\x1b]0;owned\x07\x1b[2J")
    yield "one line of a million characters", "A" * GARBAGE
    yield "one line that is as long as may be", _filled("fleetscan-capture 1\n@last\n@host\nkernel ", "A")
    yield "a hundred thousand lines", "x\n" * 100_000
    yield "as many lines as may be", _filled("fleetscan-capture 1\n@last\n", "\nx")
    yield "as many section marks as may be", _filled("fleetscan-capture 1\n", "@\n")
    yield "as many unknown sections as may be", _filled("fleetscan-capture 1\n@last\n", "@x\n")
    yield "every section twice", _twice(leaking)
    yield "every section a hundred times", (leaking * 100)[:MAX_CHARACTERS]
    yield "an end in the middle", leaking.replace("@last\n", "@end summary triggers=- dropped=- unreadable=-\n@last\n")
    yield "an end with ten thousand notes", _filled("fleetscan-capture 1\n@last\n@end summary triggers=-", " a=b")
    yield "an end that is nearly one", _filled("fleetscan-capture 1\n@last\n@end summary a=", "b=c ") + "="
    yield "an end with tabs in its notes", leaking.replace("@end summary triggers=", "@end summary triggers=a\tb\t=\t")
    yield "time that goes backwards", _sample(leaking, "uptime", "9000000.00", "1.00")
    yield "time that stands still", _sample(leaking, "uptime", "7551360.00", "7551360.00")
    yield "time that leaps", _sample(leaking, "uptime", "0.00", "9" * 20)
    yield (
        "counters that wrapped",
        _sample(leaking, "stat", f"cpu {' '.join(['18446744073709551615'] * 8)}", "cpu 0 0 0 0 0 0 0 0"),
    )
    yield (
        "counters that leap",
        _sample(leaking, "stat", "cpu 0 0 0 0 0 0 0 0", f"cpu {' '.join(['18446744073709551615'] * 8)}"),
    )
    yield "a node without memory", leaking.replace("MemTotal: 4030464", "MemTotal: 0")
    yield "a node of twenty digits of memory", leaking.replace("MemTotal: 4030464", f"MemTotal: {'9' * 20}")
    yield "a node without processors", leaking.replace("cpus 2", "cpus 0")
    yield "a page of no bytes", leaking.replace("page_bytes 4096", "page_bytes 0")
    yield "a load of twenty digits", leaking.replace("34.04 25.03 22.70", f"{'9' * 20} 0 0")
    for what, number in HOSTILE_NUMBERS.items():
        for source in SOURCES:
            body = material.sections()[source.section][0]
            yield f"{source.section}: {what}", material.whole(**{source.section: _numbered(body, number)})
    for section, row in _LISTS.items():
        yield f"{section}: ten thousand", material.whole(**{section: _list(section, row, 10_000)})
        yield f"{section}: as many as fit", _fitting(section, row)
    for section, place in _NAMES.items():
        for at, word in enumerate((*material.WORDS, "n" * 10_000, "'" * 5_000)):
            words = _LISTS[section].format(0).split(" ")
            words[place] = word
            yield f"{section}: name {at}", material.whole(**{section: f"{_HEADS[section]}{' '.join(words)}\n"})


def _filled(head: str, more: str) -> str:
    """Return as much as a capture may hold."""
    return head + (more * (MAX_CHARACTERS // len(more)))[: MAX_CHARACTERS - len(head) - 1]


def _twice(text: str) -> str:
    parts = text.split("@")
    return "@".join(itertools.chain.from_iterable((part, part) for part in parts))


def _sample(text: str, section: str, first: str, last: str) -> str:
    """Return the capture with this section in both samples."""
    head, mark, tail = text.partition("@last\n")
    return f"{head}@{section}\n{first}\n".replace(
        f"@{section}\n", f"@x{section[1:]}\n", head.count(f"@{section}\n")
    ) + (mark + tail.replace(f"@{section}\n", f"@{section}\n{last}\n@x{section[1:]}\n", 1))


def _numbered(body: str, number: str) -> str:
    """Return a section with this in the place of every number that stands alone."""
    rows = [
        " ".join(number if word.replace(".", "").isdigit() else _valued(word, number) for word in line.split(" "))
        for line in body.splitlines()
    ]
    return "\n".join(rows) + "\n"


def _valued(word: str, number: str) -> str:
    key, sign, value = word.partition("=")
    return f"{key}={number}" if sign and value.replace(".", "").isdigit() else word


_HEADS = {
    "sockets": "total count=10000 rmem_bytes=18446744073709551615 netns_read=14 netns_failed=0\n",
    "pods": "total count=10000\n",
    "slabinfo": "total caches=10000 bytes=18446744073709551615\n",
    "kernel_log": "read lines=10000 oldest_age_seconds=1\n",
    "processes": "",
    "containers": "",
    "descriptors": "",
    "images": "",
}
_LISTS = {
    "sockets": "packet host 1048576 0 {0} {0} agent{0} team/agent-{0} agent docker.io/acme/agent{0}:1",
    "pods": "00000000-0000-0000-0000-{0:012} team/pod-{0} 1048576 max burstable",
    "slabinfo": "cache-{0} 1 1 4096 1 1 1 0",
    "kernel_log": "oom_kill 1 oom-kill:constraint=CONSTRAINT_NONE,task_memcg=/x{0},task=java{0},pid={0},uid=0",
    "processes": "{0} java{0} 1048576 0 team/pod-{0}",
    "containers": "{0:012x} team/pod-{0} main docker.io/acme/image{0}:1",
    "descriptors": "{0} java{0} 200000 team/pod-{0}",
    "images": "{0}",
}
"""One row of each list that a node sends; the number makes it another one."""

_NAMES = {"sockets": 7, "pods": 1, "slabinfo": 0, "kernel_log": 2, "processes": 1, "containers": 3, "descriptors": 1}
"""Which word of a row is an untrusted name."""


def _list(section: str, row: str, count: int) -> str:
    return _HEADS[section] + "".join(f"{row.format(number)}\n" for number in range(count))


def _fitting(section: str, row: str) -> str:
    """Return a capture with as many rows as its size, or the parser's own limit, lets through: the most work."""
    for count in (200, 190, 160, 120, 90, 60):
        text = material.whole(**{section: _list(section, row, count)})
        if len(text) <= MAX_CHARACTERS:
            return text
    raise ValueError(section)
