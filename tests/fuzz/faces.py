"""Every face that a report has: how it is made, how large it may be, and what it promises. One row each."""

from __future__ import annotations

import json as plain_json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from fleetscan.cli.paint import painted
from fleetscan.metrics import metrics
from fleetscan.model import Report
from fleetscan.render import html, json, message, text
from fleetscan.render.detail import Detail
from fleetscan.render.page import Page, lines
from tests.fuzz import clean

KB = 1_000

SCREEN = Page(columns=80, is_screen=True, is_unicode=True)
NODE_SERIES = 10


@dataclass(frozen=True, slots=True)
class Face:
    """One way in which a report is shown."""

    name: str
    render: Callable[[Report], str]
    promise: Callable[[str], None]
    most_characters: int
    """Of a report without nodes."""
    most_of_a_node: int = 0
    """That each node may add."""
    is_slow: bool = False
    """Whether it writes a page about each node: a long run shows it a part of its fleets."""

    def shown(self, report: Report) -> str:
        """Return the output, after a look at whether it keeps the promise and its bounds."""
        output = self.render(report)
        self.promise(output)
        most = self.most_characters + self.most_of_a_node * len(report.diagnoses)
        clean.demand(len(output) <= most, f"{self.name} has {len(output)} characters, more than {most}")
        return output


def _screen(report: Report) -> str:
    return painted(lines(text.blocks(report, Detail.BRIEF), SCREEN), {})


def _metrics(report: Report) -> str:
    made = metrics(report, node_series_limit=NODE_SERIES)
    for metric in made:
        clean.demand(all(math.isfinite(value) for value in metric.values), f"{metric.name} is not finite")
    return plain_json.dumps([asdict(metric) for metric in made])


def _attributes(report: Report) -> str:
    return plain_json.dumps({key: list(value) for key, value in message.attributes(report).items()})


def _values(output: str) -> None:
    clean.as_values(plain_json.loads(output))


FACES: tuple[Face, ...] = (
    Face("text", text.render, clean.plain, 60 * KB, 1 * KB),
    Face("text, verbose", lambda report: text.render(report, verbose=True), clean.plain, 60 * KB, 60 * KB, is_slow=True),
    Face("screen", _screen, clean.painted, 60 * KB, 1 * KB),
    Face("JSON", json.render, clean.as_json, 60 * KB, 200 * KB),
    Face("HTML", html.render, clean.as_page, 200 * KB, 20 * KB),
    Face("message, subject", message.subject, clean.single_line, message.SUBJECT_CHARACTERS),
    Face("message, body", message.body, clean.plain, message.BODY_CHARACTERS),
    Face("message, attributes", _attributes, _values, 60 * KB),
    Face("metrics", _metrics, _values, 20 * KB, 2 * KB),
)


QUICK: tuple[Face, ...] = tuple(face for face in FACES if not face.is_slow)


def shown(report: Report, faces: Sequence[Face] = FACES) -> Mapping[str, str]:
    """Return what these faces show of a report, each kept to its promise."""
    return {face.name: face.shown(report) for face in faces}
