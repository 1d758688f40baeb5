"""One capture changed into another that no script of ours printed, by what a liar would change: never at random bytes.

Deterministic: the same text and the same random numbers give the same result. Bytes are libFuzzer's matter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from random import Random

from tests.fuzz import material

MOST_CHARACTERS = 30_000
"""A quarter more than SSM can bring, so that what is too long is tried as well."""

MOST_CHANGES = 4

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_WORD = re.compile(r"[^ \n=:/]+")

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None


def mutated(text: str, random: Random) -> str:
    """Return the capture with one to four things in it changed, at most 30,000 characters of it."""
    for _ in range(random.randint(1, MOST_CHANGES)):
        text = random.choice(_CHANGES)(text, random)
    return text[:MOST_CHARACTERS]


def body(text: str, random: Random) -> str:
    """Return the lines of one section with one to four things in them changed."""
    for _ in range(random.randint(1, MOST_CHANGES)):
        text = random.choice(_CHANGES_OF_LINES)(text, random)
    return text[:MOST_CHARACTERS]


def _number(text: str, random: Random) -> str:
    """Replace one number by one that is too long, negative, none, or just beside a limit."""
    return _replaced(text, _NUMBER, random.choice(material.NUMBERS), random)


def _digits(text: str, random: Random) -> str:
    """Replace one number by another of its kind."""
    return _replaced(text, _NUMBER, str(random.getrandbits(random.randint(1, 66))), random)


def _scaled(text: str, random: Random) -> str:
    """Multiply or divide every number of one section: counters that wrap, nodes of an exabyte, nodes of a byte."""
    parts = _parts(text)
    at = random.randrange(len(parts))
    shift = random.randint(-40, 40)

    def scale(match: re.Match[str]) -> str:
        value = int(match[0].partition(".")[0])
        return str(value << shift if shift > 0 else value >> -shift)[: material.MOST_DIGITS]

    parts[at] = re.sub(r"(?<= )[0-9]{1,20}(?:\.[0-9]+)?", scale, parts[at])
    return "".join(parts)


def _word(text: str, random: Random) -> str:
    return _replaced(text, _WORD, random.choice(material.WORDS), random)


def _line_in(text: str, random: Random) -> str:
    lines = text.split("\n")
    lines.insert(random.randint(0, len(lines)), random.choice((*material.LINES, *material.WORDS)))
    return "\n".join(lines)


def _line_again(text: str, random: Random) -> str:
    """Repeat a line: twice, or so often that a list is longer than any that was sent."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    lines[at:at] = [lines[at]] * random.choice((1, 1, 2, 250, 1_100))
    return "\n".join(lines)


def _line_renamed(text: str, random: Random) -> str:
    """Repeat a line under many names, as a node with ten thousand pods would."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    words = lines[at].split(" ")
    place = random.randrange(len(words))
    count = random.choice((2, 40, 190, 900))
    lines[at : at + 1] = [
        " ".join([*words[:place], f"{words[place]}{number}", *words[place + 1 :]]) for number in range(count)
    ]
    return "\n".join(lines)


def _line_out(text: str, random: Random) -> str:
    lines = text.split("\n")
    del lines[random.randrange(len(lines))]
    return "\n".join(lines)


def _lines_swapped(text: str, random: Random) -> str:
    lines = text.split("\n")
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)


def _cut(text: str, random: Random) -> str:
    return text[: random.randint(0, len(text))]


def _spliced(text: str, random: Random) -> str:
    """Go on with another capture from here."""
    other = random.choice(list(material.captures().values()))
    at = random.randint(0, len(text))
    return text[:at] + other[random.randint(0, len(other)) :]


def _section_in(text: str, random: Random) -> str:
    """Put a section of another node where none, or one of its own, is."""
    name = random.choice(list(material.sections()))
    parts = _parts(text)
    parts.insert(random.randint(0, len(parts)), f"@{name}\n{random.choice(material.sections()[name])}")
    return "".join(parts)


def _section_replaced(text: str, random: Random) -> str:
    """Change what one section says for what another node says, or another section."""
    parts = _parts(text)
    at = random.randrange(len(parts))
    head = parts[at].partition("\n")[0]
    own = material.sections().get(head.removeprefix("@"))
    if own is None or random.random() < _STRANGER:
        own = random.choice(list(material.sections().values()))
    parts[at] = f"{head}\n{random.choice(own)}"
    return "".join(parts)


_STRANGER = 0.2
"""How often a section is replaced by one of another kind."""


def _section_out(text: str, random: Random) -> str:
    parts = _parts(text)
    del parts[random.randrange(len(parts))]
    return "".join(parts)


def _section_moved(text: str, random: Random) -> str:
    parts = _parts(text)
    part = parts.pop(random.randrange(len(parts)))
    parts.insert(random.randint(0, len(parts)), part)
    return "".join(parts)


def _section_again(text: str, random: Random) -> str:
    parts = _parts(text)
    at = random.randrange(len(parts))
    parts[at:at] = [parts[at]] * random.choice((1, 1, 110))
    return "".join(parts)


def _parts(text: str) -> list[str]:
    """Return the text cut before each line that begins with ``@``; at least one part."""
    return re.split(r"(?m)^(?=@)", text)


def _replaced(text: str, pattern: re.Pattern[str], word: str, random: Random) -> str:
    """Replace one match, or add the word where there is none."""
    found = list(pattern.finditer(text))
    if not found:
        return text + word
    match = random.choice(found)
    return text[: match.start()] + word + text[match.end() :]


type _Change = Callable[[str, Random], str]

_CHANGES_OF_LINES: tuple[_Change, ...] = (
    _number,
    _number,
    _digits,
    _digits,
    _scaled,
    _word,
    _word,
    _line_in,
    _line_again,
    _line_renamed,
    _line_out,
    _lines_swapped,
    _cut,
)
_CHANGES: tuple[_Change, ...] = (
    *_CHANGES_OF_LINES,
    _spliced,
    _section_in,
    _section_in,
    _section_replaced,
    _section_replaced,
    _section_out,
    _section_moved,
    _section_again,
)


def mutated_json(text: str, random: Random) -> str:
    """Return JSON in which one value or key, at any depth, is another one; what is no JSON comes back as it is."""
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return json.dumps(_changed(value, random))[: 4 * MOST_CHARACTERS]


def _changed(value: Json, random: Random) -> Json:
    if isinstance(value, dict) and value and random.random() < _DEEPER:
        key = random.choice(list(value))
        if random.random() < _OF_ITSELF:
            kept = {name: one for name, one in value.items() if name != key}
            return kept if random.random() < _DEEPER / 2 else {**kept, random.choice(material.WORDS): value[key]}
        return {**value, key: _changed(value[key], random)}
    if isinstance(value, list) and value and random.random() < _DEEPER:
        at = random.randrange(len(value))
        if random.random() < _OF_ITSELF:
            return [*value[:at], *([value[at]] * random.choice((0, 2, 100))), *value[at + 1 :]]
        return [*value[:at], _changed(value[at], random), *value[at + 1 :]]
    return random.choice(alike(value) if random.random() < _ALIKE else (*material.WORDS, *material.NUMBERS, *_OTHERS))


def alike(value: Json) -> Sequence[Json]:
    """Return values of the same kind, which get past whoever looks at types."""
    if isinstance(value, str):
        return _TIMES if _TIME.match(value) else material.WORDS
    return _SIZES if isinstance(value, int | float) and not isinstance(value, bool) else _OTHERS


_ALIKE = 0.8
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMES = (
    "2026-01-01T00:00:00Z", "2026-01-06T12:00:00+00:00", "2026-01-06T12:00:00", "0001-01-01T00:00:00+00:00",
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999+00:00", "9999-12-31T23:59:59-23:59", "2026-01-06",
    "1900-01-01T00:00:00Z", "2026-13-45",
)  # fmt: skip
_SIZES: tuple[Json, ...] = (
    0, 1, -1, 2**31, 2**63, 2**64, 10**30, -(10**30), 10**300, 0.5, -0.0, 1e308, 5e-324, float("inf"), float("nan"),
)  # fmt: skip
_DEEPER = 0.95
_OF_ITSELF = 0.1
_OTHERS: tuple[Json, ...] = (
    None, True, *_SIZES, [], {}, [[[[]]]], {"a": {"b": {}}},
    *_TIMES,
)  # fmt: skip
