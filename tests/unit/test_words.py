"""The words that users read: the field's own terms, and none of those that need a glossary.

Looked through: what the renderers, the command line and the golden outputs say, titles, evidence and remedies of the
rules, the pages, and the descriptions in the templates. Docstrings, identifiers and stored values are not.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from itertools import chain
from pathlib import Path

import pytest

from fleetscan.cli.arguments import parser

ROOT = Path(__file__).parents[2]

BANNED: Mapping[str, str] = {
    r"can not": "cannot",
    r"culprits?": "probable root cause",
    r"accus(?:e[ds]?|ing)": "likely cause, attributed to",
    r"blam(?:e[ds]?|ing)": "attributed to",
    r"suspect(?:s|ed|ion)?": "likely cause",
    r"sick|(?:is|are|looks?) well": "critical; healthy",
    r"(?:is|are) dying|dying now": "critical, failing now",
    r"episodes?": "finding history",
    r"verdicts?": "result, headline",
    r"judg(?:e[ds]?|ing|ement)": "evaluated",
    r"answered for": "accounted for",
    r"nodes? answered|did not answer": "responded",
    r"looked at": "evaluated, coverage",
    r"(?:is|are|was|be) told|told (?:as|of|in|that)|tells? of": "reported, notified",
    r"debts?": "pending notification",
    r"(?:is|are|was) abandoned|abandoned since": "unmaintained since",
    r"past its end of life": "reached end of life on",
    r"(?:alarm|alert)s? rings?|rings (?:when|if|as|for)": "fires, goes into ALARM",
    r"troubles?": "problem",
    r"came back|still there": "reopened; ongoing",
    r"over the fleet": "fleet-wide",
    r"not asked, or no answer": "skipped checks",
    r"strangers?": "untrusted input",
    r"--why": "--reason",
    r"\d a CPU": "17.0 per CPU",
    r"pages a second": "pages/s",
    r"\d[\d.,]* %": "54%, a number and its unit together",
    r"the hypervisor withholds|is burnt|pile up in the kernel|were promised": "the terms that one searches for",
    r"can(?:not| not) give back": "unreclaimable",
}
"""As a regular expression of whole words -> what to say instead."""

EXEMPT: Mapping[str, str] = {
    r"troubleshoot\w*": "a word of its own",
    r"image_abandoned": "the id of a rule is a contract",
    r"\[strangers?\]": "a name in a link",
    r"culprits?(?=\")": "a key of the JSON schema is a contract",
    r"verdicts?(?=\")": "the same",
    r"episodes?(?=\")": "the same",
    r"suspects?(?=\")": "the same",
}

_PATTERN = re.compile(
    "|".join(f"(?P<b{number}>(?<![\\w/.-]){words}(?![\\w-]))" for number, words in enumerate(BANNED)), re.IGNORECASE
)
_EXEMPT = re.compile("|".join(EXEMPT))
_CODE = re.compile(r"```.*?```|`[^`\n]*`|<!--.*?-->|\]\([^)]*\)|https?://\S+", re.DOTALL)
_LANGUAGE = ROOT / "layers" / "fleetscan" / "fleetscan"
_PAGES = sorted({ROOT / "README.md", *(ROOT / "docs").rglob("*.md")} - set((ROOT / "docs" / "adr").rglob("*.md")))
_TEMPLATES = sorted(ROOT.glob("[!.]*.yaml"))
_GOLDEN = sorted((ROOT / "tests" / "fixtures" / "golden").iterdir())
_SAYING = ("render", "cli")
_RULES = ("diagnosis", "fleet", "terminations", "incidents")


def found(text: str) -> list[str]:
    """Return each banned phrase in a text with what to say instead."""
    said = _EXEMPT.sub(" ", text)
    return [f"{match[0]!r}: say {list(BANNED.values())[_number(match)]}" for match in _PATTERN.finditer(said)]


def _number(match: re.Match[str]) -> int:
    return int((match.lastgroup or "b0")[1:])


def constants(source: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and text of what a module says: its strings of several words, without docstrings.

    A value in the middle of a text is written as 0, so that a number's unit is found beside it.
    """
    tree = ast.parse(source.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    silent = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    silent |= {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if id(node) in silent or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "0" for part in parts)
        if " " in text.strip():
            yield node.lineno, text


def of_modules(*packages: str) -> list[str]:
    """Return what is banned in the strings of packages."""
    return [
        f"{source.relative_to(ROOT)}:{line}: {complaint}"
        for package in packages
        for source in sorted((_LANGUAGE / package).rglob("*.py"))
        for line, text in constants(source)
        for complaint in found(text)
    ]


def of_lines(file: Path, text: str) -> list[str]:
    """Return what is banned in a text, with its lines."""
    return [
        f"{file.relative_to(ROOT)}:{number}: {complaint}"
        for number, line in enumerate(text.splitlines(), start=1)
        for complaint in found(line)
    ]


def of_page(file: Path) -> list[str]:
    """Return what is banned in the prose of a page; code is what it is."""
    return of_lines(file, _CODE.sub(lambda match: "\n" * match[0].count("\n"), file.read_text(encoding="utf-8")))


def helps() -> str:
    """Return the help of every command and of its actions."""
    said = io.StringIO()
    commands = [["demo"], ["node"], ["scan"], ["report"], ["explain"], ["explain", "pod"]]
    commands += [["mute"], *(["mute", action] for action in ("add", "list", "remove"))]
    commands += [["thresholds"], *(["thresholds", action] for action in ("list", "check"))]
    for words in ([], *commands):
        with redirect_stdout(said), pytest.raises(SystemExit):
            parser().parse_args([*words, "--help"])
    return " ".join(said.getvalue().split())


def descriptions(file: Path) -> Iterable[str]:
    """Return a template's descriptions, each on one line: those of parameters, outputs, alarms and rules."""
    lines = iter(chain(file.read_text(encoding="utf-8").splitlines(), [""]))
    words: list[str] = []
    inset = 0
    for line in lines:
        body, depth = line.strip(), len(line) - len(line.lstrip())
        if words and body and depth > inset:
            words.append(body)
            continue
        if words:
            yield " ".join(words)
            words = []
        key, colon, text = body.partition(":")
        if colon and key.endswith("Description"):
            words, inset = [text.strip(" >|-")], depth


def test_what_is_banned_is_found() -> None:
    """Whole words, in either case; what is a contract or a word of its own is not."""
    assert found("The Culprit can not be judged: 54 % of it") == [
        "'Culprit': say probable root cause",
        "'can not': say cannot",
        "'judged': say evaluated",
        "'54 %': say 54%, a number and its unit together",
    ]
    assert found('troubleshooting image_abandoned {"culprits": 1} is healthy, cannot') == []


def test_templates_have_descriptions_that_are_read() -> None:
    """What is looked through is there."""
    assert [len(list(descriptions(file))) > 3 for file in _TEMPLATES] == [True] * len(_TEMPLATES)
    assert "--reason" in helps()
    assert "--fail-on" in helps()


@pytest.mark.parametrize("package", _SAYING)
def test_renderers_and_commands_use_the_words_of_the_field(package: str) -> None:
    """Every string of several words."""
    assert of_modules(package) == []


@pytest.mark.parametrize("package", _RULES)
def test_rules_and_conclusions_use_the_words_of_the_field(package: str) -> None:
    """Titles, evidence, remedies, reasons."""
    assert of_modules(package) == []


def test_the_help_uses_the_words_of_the_field() -> None:
    """As argparse prints it."""
    assert found(helps()) == []


@pytest.mark.parametrize("file", _GOLDEN, ids=lambda file: file.name)
def test_outputs_use_the_words_of_the_field(file: Path) -> None:
    """In every medium alike."""
    assert of_lines(file, file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", _PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_pages_use_the_words_of_the_field(file: Path) -> None:
    """README and docs; decision records are of their day."""
    assert of_page(file) == []


@pytest.mark.parametrize("file", _TEMPLATES, ids=lambda file: file.name)
def test_descriptions_use_the_words_of_the_field(file: Path) -> None:
    """What CloudFormation's console shows."""
    assert [complaint for text in descriptions(file) for complaint in found(text)] == []
