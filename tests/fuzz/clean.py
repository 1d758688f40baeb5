"""What every output promises, checked from outside: by characters, by a parser of its own, by size.

Nothing in here knows how a renderer escapes; it only sees what came out.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from html.parser import HTMLParser

TAGS = frozenset(
    {
        "html", "head", "meta", "title", "style", "body", "main", "header", "footer", "section", "article", "nav",
        "div", "span", "p", "h1", "h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead",
        "tbody", "tr", "th", "td", "colgroup", "col", "details", "summary", "pre", "code", "strong", "em", "b", "i",
        "small", "time", "br", "hr", "figure", "figcaption", "a", "meter", "abbr", "kbd", "label", "button",
        "cwdb-action", "svg", "g", "path", "rect", "line", "polyline", "polygon", "circle", "text", "tspan", "desc",
        "defs",
    }
)  # fmt: skip
"""What a report may be built of. None of them loads anything; ``a`` and ``cwdb-action`` are looked at closer."""

ENDPOINT = "arn:aws:lambda:eu-west-1:123456789012:function:widget"
"""The one function that a widget's buttons may call."""

_VOID = frozenset({"meta", "br", "hr", "col"})
_LINK = re.compile(r"https://[a-z0-9.-]+/[!-~]*|#[A-Za-z0-9_.:-]*")
_UNSAFE_SCHEME = re.compile(r"(?i)(?:javascript|data|vbscript):")
_PAINT = re.compile(r"\x1b\[[0-9;]*m")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me"})
"""Unicode categories of what cannot be seen, or changes what stands beside it."""

_NODE_KEYS = frozenset(
    {
        "instance_id", "cluster", "node_group", "instance_type", "zone", "private_dns_name", "architecture",
        "launched_at", "status", "condition", "severity", "findings", "ruled_out", "steps", "skipped", "failed",
        "runway", "readings", "coverage",
    }
)  # fmt: skip
_FINDING_KEYS = frozenset({"rule", "severity", "cause", "title", "evidence", "measured", "limit", "remedy", "suspects"})
_REPORT_KEYS = frozenset(
    {"schema", "scan_id", "started_at", "duration_seconds", "headline", "nodes", "fleet", "empty_clusters", "notes"}
)
"""The promise of schema 1: keys may be added, none may go."""


class UncleanError(AssertionError):
    """An output holds what no output may hold."""


def demand(fact: object, what: str) -> None:
    """Raise an UncleanError unless it is so."""
    if not fact:
        raise UncleanError(what)


def plain(text: str) -> None:
    """Text for people: printable characters that read from left to right, and line feeds."""
    for character in set(text):
        demand(character == "\n" or not _is_hidden(character), f"text holds {character!a}")


def painted(text: str) -> None:
    """Text for a terminal: as plain text, and escape sequences that set colours and weights."""
    plain(_PAINT.sub("", text))


def single_line(text: str) -> None:
    """A subject: printable ASCII without a line feed."""
    demand(text.isascii() and text.isprintable(), f"not one printable ASCII line: {text!a}")


def as_json(text: str) -> None:
    """JSON in ASCII, without the numbers that JSON lacks, with the keys that were promised and clean words."""
    demand(text.isascii(), "JSON is not ASCII")
    whole = json.loads(text, parse_constant=_not_a_number)
    demand(whole.keys() >= _REPORT_KEYS, f"the report lacks {_REPORT_KEYS - whole.keys()}")
    for node in whole["nodes"]:
        demand(node.keys() >= _NODE_KEYS, f"a node lacks {_NODE_KEYS - node.keys()}")
        for finding in node["findings"]:
            demand(finding.keys() >= _FINDING_KEYS, f"a finding lacks {_FINDING_KEYS - finding.keys()}")
    # Escaped characters would be hidden from a look at the text.
    plain(" ".join(_words(whole)))


def as_values(value: object) -> None:
    """Plain values for a program of AWS or of a chat: whole, finite, and without hidden characters."""
    plain(" ".join(_words(json.loads(json.dumps(value, allow_nan=False)))))


def as_page(text: str) -> None:
    """HTML of known elements, each closed in turn, without handlers, scripts and foreign links."""
    plain(text)
    reader = _Page()
    reader.feed(text)
    reader.close()
    demand(not reader.open, f"not closed: {reader.open}")


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN or unicodedata.bidirectional(character) in {"R", "AL", "AN"}


def _not_a_number(word: str) -> float:
    raise UncleanError(f"JSON holds {word}")


def _words(value: object) -> Collection[str]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        return [word for one in value for word in _words(one)]
    if isinstance(value, dict):
        return [word for key, one in value.items() for word in (key, *_words(one))]
    return ()


class _Page(HTMLParser):
    """Reads HTML as strictly as a browser is lenient."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        demand(tag in TAGS, f"a page holds <{tag}>")
        self._check(tag, dict(attrs))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        demand(tag in TAGS, f"a page holds <{tag}/>")
        self._check(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        demand(self.open and self.open.pop() == tag, f"</{tag}> closes nothing")

    def handle_comment(self, data: str) -> None:
        raise UncleanError(f"a page holds a comment: {data[:40]!a}")

    def unknown_decl(self, data: str) -> None:
        raise UncleanError(f"a page holds a declaration: {data[:40]!a}")

    def handle_pi(self, data: str) -> None:
        raise UncleanError(f"a page holds an instruction: {data[:40]!a}")

    def _check(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        for name, value in attributes.items():
            demand(not name.startswith("on"), f"<{tag}> has a handler {name}")
            demand(not _UNSAFE_SCHEME.match(value or ""), f"<{tag} {name}> is {value!a}")
            demand(name != "style" or "url(" not in (value or ""), f"<{tag}> loads {value!a}")
            if name in {"href", "src", "xlink:href"}:
                demand(_LINK.fullmatch(value or ""), f"<{tag}> leads to {value!a}")
        if tag == "cwdb-action":
            called = (attributes.get("action"), attributes.get("endpoint"))
            demand(called == ("call", ENDPOINT), f"a widget's button calls {called}")
