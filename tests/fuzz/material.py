"""What hostile output is made of: real captures, their sections, words and numbers that broke something somewhere."""

from __future__ import annotations

import importlib
import re
import textwrap
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from fleetscan.capture.procfs import SOURCES

SEEDS = Path(__file__).parent / "seeds"

NUMBERS: tuple[str, ...] = (
    "0",
    "1",
    "-1",
    "-9223372036854775808",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "18446744073709551616",
    "9" * 20,
    "9" * 21,
    "7" * 10_000,
    "0" * 20,
    "0.00000000000000000001",
    f"{'9' * 20}.{'9' * 20}",
    "1.5",
    "1e999",
    "1e-999",
    "nan",
    "NaN",
    "inf",
    "-Infinity",
    "+5",
    "1_0",
    "0x10",
    "\u0661\u0662",
    "\uff11",
    "\u00b2",
    ".",
    "1.",
    "-",
    "max",
    "",
)
"""Where a kernel writes a number."""

WORDS: tuple[str, ...] = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "</style></title><b>",
    "<!channel>",
    "<!everyone|x>",
    "<@U012AB3CD>",
    "<https://evil.example/|click>",
    "@everyone",
    "@here",
    "[click](javascript:alert(1))",
    "```",
    "*bold*_it_~no~`code`",
    "&lt;&amp;&#60;",
    "'\"'\"'",
    "\"'\\",
    "$(id)`id`;id|id",
    "{0}{x}%s%n",
    "\x00",
    "\x07\x08\x0c\x7f\x9b",
    "\x1b[31m\x1b]0;owned\x07",
    "\u202egnp.exe",
    "\u2066\u2069\u200f\u061c",
    "\u2028\u2029\u0085",
    "\ud800",
    "\udcff\udc80",
    "\ufeff\u200b",
    "a\u0301\u0302\u0303",
    "\U0001f600",
    "A" * 10_000,
    "../../../../etc/passwd",
    "a=b=c",
    "=",
    "==",
    "-",
    "@end",
    "@first",
    "kube-system/aws-node-x",
    "Infinity",
    "null",
    "__proto__",
)
"""Untrusted names: markup, mentions, escapes, directions, halves of characters, quotes inside quotes."""

MOST_DIGITS = 25
"""Some more than a number may have."""

LINES: tuple[str, ...] = (
    "fleetscan-capture 1",
    "fleetscan-capture 2",
    "fleetscan-capture 99999999999999999999",
    "@first",
    "@last",
    "@end summary triggers=- dropped=- unreadable=-",
    "@end summary triggers=slab dropped=- unreadable=-",
    "@end summary triggers=- dropped=slabinfo,meminfo unreadable=pressure",
    "@end detail dropped=-",
    "@end detail dropped=containers",
    "@end",
    "@",
    "@UPPER",
    "--output truncated--",
    "---Output truncated---",
    "----------ERROR-------",
    "",
    " ",
    "\t\t",
)
"""Lines that hold a capture together."""


@cache
def captures() -> Mapping[str, str]:
    """Return the recorded captures by the name of their file."""
    return {path.stem: path.read_text(encoding="ascii") for path in sorted(SEEDS.glob("*.txt"))}


@cache
def sections() -> Mapping[str, tuple[str, ...]]:
    """Return each section's bodies: those of the captures, and the lines that its parser documents."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for text in captures().values():
        for name, body in re.findall(r"(?m)^@([a-z_]+)\n((?:[^@\n].*\n)+)", text):
            found[name][body] = None
    for source in SOURCES:
        found[source.section][documented(source.section)] = None
    return {source.section: tuple(found[source.section]) for source in SOURCES}


def documented(section: str) -> str:
    """Return the lines that stand in the docstring of a section's parser."""
    words = importlib.import_module(f"fleetscan.capture.procfs.{section}").__doc__ or ""
    return textwrap.dedent("\n".join(line for line in words.splitlines() if line.startswith("    "))) + "\n"


def whole(**bodies: str) -> str:
    """Return a capture of a healthy node whose last sample has these sections in place of its own."""
    lines = [f"@{name}\n{body if body.endswith('\n') else body + '\n'}" for name, body in bodies.items()]
    kept = re.split(r"(?m)^(?=@)", captures()["healed-00"])
    last = next(number for number, part in enumerate(kept) if part.startswith("@last"))
    tail = [part for part in kept[last + 1 :] if part.partition("\n")[0].removeprefix("@") not in bodies]
    return "".join([*kept[: last + 1], *lines, *tail])


def dictionary() -> str:
    """Return the words of the format and of attackers as a dictionary for libFuzzer: one quoted string a line."""
    names = [f"@{source.section}\n" for source in SOURCES]
    keys = sorted({word for text in captures().values() for word in re.findall(r"[a-zA-Z_]{3,20}[=:]", text)})
    every = [*names, *keys, *LINES, *NUMBERS, *WORDS]
    return "".join(f'"{_quoted(word)}"\n' for word in dict.fromkeys(every) if 0 < len(word) <= _MOST_OF_A_WORD)


_MOST_OF_A_WORD = 64
"""libFuzzer's own limit of a dictionary entry."""


def _quoted(word: str) -> str:
    data = word.encode("utf-8", "surrogatepass")[:_MOST_OF_A_WORD]
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 0x80 else f"\\x{byte:02x}" for byte in data)
