# ruff: noqa: INP001 - documents/ holds what runs on nodes and is no package
"""Makes the SSM Command document from the collection script: ``python documents/build.py [--check]``.

The document has no parameters, so whoever may send it can run this script and nothing else. It has the script without
its comments and with short names, line for line: SSM's limit leaves no room for more. The script's patterns of the
kernel log and of the journal are written into it first, from ``capture/log_patterns.toml``. With ``--check`` nothing is
written and a script or document that is out of date ends with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from fleetscan.capture import log_patterns
from fleetscan.capture.log_patterns import Kind, Log

SCRIPT = Path(__file__).with_name("collect.sh")
DOCUMENT = Path(__file__).with_name("collector.json")

MAX_CHARACTERS = 64 * 1024
"""Content and parameters of a document together (AWS Systems Manager, service quotas)."""

TIMEOUT_SECONDS = 60
"""Seconds after which the agent kills the script, which ends itself after 25."""

PATTERNS_BEGIN = (
    "# ---- Patterns of the logs: documents/build.py writes them from capture/log_patterns.toml. Edit that."
)
PATTERNS_END = "# ---- The patterns end."

_LITERAL = re.compile(r"[][().*+?^$|/]")


def patterns(kinds: Sequence[Kind]) -> str:
    """Return the functions of the script that sort a line of a log by its words."""
    by_log = {log: [kind for kind in kinds if kind.log is log] for log in Log}
    hints = dict.fromkeys(hint for kind in kinds for hint in kind.hints)
    short = [hint for hint in hints if not any(other != hint and other in hint for other in hints)]
    words = "|".join(_LITERAL.sub(r"\\\g<0>", hint) for hint in short)
    return "\n".join(
        [
            "# Whether a line of the kernel log is worth a closer look.",
            f"function is_log_event(line) {{ return line ~ /{words}/ }}",
            "",
            "# A text is made a pattern when it is used, and most never are: gawk takes 5 ms to make them all.",
            *_function("kernel_kind", *map(_test_by_hints, by_log[Log.KERNEL])),
            "",
            "# What a container printed in a probe or hook, and a command that its image lacks, is of no kind.",
            *_function("journal_kind", _return(log_patterns.MATTERS_OF_PODS, ""), *map(_test, by_log[Log.JOURNAL])),
        ]
    )


def _function(name: str, *tests: str) -> list[str]:
    return [f"function {name}(text) {{", *tests, '  return ""', "}"]


def _test(kind: Kind) -> str:
    return _return(kind.pattern, kind.id)


def _test_by_hints(kind: Kind) -> str:
    hints = " || ".join(f'index(text, "{hint}")' for hint in kind.hints)
    escaped = kind.pattern.replace("\\", "\\\\").replace('"', '\\"')
    return f'  if (({hints}) && text ~ "{escaped}") return "{kind.id}"'


def _return(pattern: str, answer: str) -> str:
    escaped = pattern.replace("/", "\\/")
    return f'  if (text ~ /{escaped}/) return "{answer}"'


def with_patterns(script: str, kinds: Sequence[Kind]) -> str:
    """Return a script with these patterns between its two marks; a script without the marks has none."""
    head, begin, rest = script.partition(f"{PATTERNS_BEGIN}\n")
    _, end, tail = rest.partition(f"{PATTERNS_END}\n")
    if not begin:
        return script
    if not end:
        raise ValueError(f"the script lacks the line {PATTERNS_END!r}")
    return f"{head}{begin}{patterns(kinds)}\n{end}{tail}"


def commands(script: str) -> list[str]:
    """Return the lines of a script that a node runs, one for each of the script's, as short as they can be.

    Comments, which begin a line, indents, blanks and the names of the awk program would not fit beside the rest.
    """
    first, *others = script.splitlines()
    lines = [first, *(line.strip() for line in others if line.strip() and not line.lstrip().startswith("#"))]
    head, begin, rest = "\n".join(lines).partition(_PROGRAM_BEGINS)
    program, end, tail = rest.partition(_PROGRAM_ENDS)
    return f"{head}{begin}{shortened(program)}{end}{tail}".split("\n")


_PROGRAM_BEGINS = "program='\n"
_PROGRAM_ENDS = "\n'\n"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[ \t]+|.', re.DOTALL)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[\^?\]?[^\]\n]*\])*/")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_BEFORE_REGEX = "(,~!{};&|:?="
_NEEDS_NO_BLANK = frozenset("=,;{}&|?:~<>!")
_LANGUAGE = frozenset(
    {
        *(
            "BEGIN",
            "END",
            "function",
            "func",
            "return",
            "if",
            "else",
            "while",
            "for",
            "do",
            "break",
            "continue",
            "next",
        ),
        *("exit", "delete", "in", "getline", "print", "printf", "nextfile", "switch", "case", "default"),
        *("length", "substr", "index", "split", "sub", "gsub", "match", "sprintf", "close", "fflush", "tolower"),
        *("toupper", "int", "rand", "srand", "sqrt", "exp", "log", "sin", "cos", "atan2", "system", "and", "or", "xor"),
        *("compl", "lshift", "rshift", "strtonum", "asort", "asorti", "gensub", "mktime", "patsplit", "systime"),
        *("strftime", "typeof", "isarray", "mkbool"),
    }
)
"""Words of awk and of its dialects: they stay, and no name becomes one of them."""


def shortened(program: str) -> str:
    """Return an awk program with short names: the first letters of their words, and a number where those are taken.

    Strings and patterns stay as they are, and so do names in capitals, which the shell gives.
    """
    found = list(_tokens(program))
    names = [token for token in found if _NAME.fullmatch(token) and token not in _LANGUAGE]
    taken = {name for name in names if len(name) <= _SHORT} | _LANGUAGE
    short: dict[str, str] = {}
    for name in names:
        if name in short or len(name) <= _SHORT:
            continue
        words = [word for word in name.split("_") if word]
        letters = "".join(word[0] for word in words) if len(words) > 1 else name[:_SHORT]
        short[name] = next(one for one in (letters, *(f"{letters}{n}" for n in range(2, 1000))) if one not in taken)
        taken.add(short[name])
    return "".join(short.get(token, token) for token in _without_blanks(found))


_SHORT = 2


def _tokens(program: str) -> Iterator[str]:
    position, before = 0, "\n"
    while position < len(program):
        is_regex = program[position] == "/" and (before in _LANGUAGE or before[-1] in f"{_BEFORE_REGEX}\n")
        match = (_REGEX if is_regex else _TOKEN).match(program, position)
        if match is None:
            raise ValueError(f"the script holds a pattern that does not end: {program[position : position + 40]!r}")
        yield match[0]
        position = match.end()
        before = before if match[0].isspace() and match[0] != "\n" else match[0]


def _without_blanks(found: Sequence[str]) -> Iterator[str]:
    """Leave out the blanks beside operators and strings that stand apart without one."""
    for before, part, after in zip(["\n", *found], found, [*found[1:], "\n"], strict=False):
        beside = {before[-1], after[0]}
        # Two braces in a row would be a parameter of SSM's.
        is_needed = not (beside & {*_NEEDS_NO_BLANK, '"'}) or before + after == "{{"
        if part.isspace() and part != "\n" and not is_needed:
            continue
        yield part


def document(script: str) -> str:
    """Return the document as JSON text; a ValueError says why a script cannot be one.

    Two braces in a row would be read as a parameter, and lines are joined by the agent with a line feed.
    """
    if "{{" in script:
        raise ValueError("the script holds two braces in a row, which SSM takes for a parameter")
    if not script.isascii() or "\r" in script or not script.endswith("\n"):
        raise ValueError("the script is not plain ASCII lines, each ended by a line feed")
    content = {
        "schemaVersion": "2.2",
        "description": "fleetscan: reads what Kubernetes cannot see on an EKS worker node. Read-only, no parameters.",
        "mainSteps": [
            {
                "action": "aws:runShellScript",
                "name": "collect",
                "precondition": {"StringEquals": ["platformType", "Linux"]},
                "inputs": {"timeoutSeconds": str(TIMEOUT_SECONDS), "runCommand": commands(script)},
            }
        ],
    }
    # One line of script is one line here, so that a diff of the document can be read; deeper indents would not fit.
    text = json.dumps(content, indent=0) + "\n"
    if len(text) >= MAX_CHARACTERS:
        raise ValueError(f"the document has {len(text)} characters, SSM takes fewer than {MAX_CHARACTERS}")
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the document; return the exit code."""
    parser = argparse.ArgumentParser(description="Make documents/collector.json from documents/collect.sh.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when the document is out of date")
    parser.add_argument("--script", type=Path, default=SCRIPT)
    parser.add_argument("--document", type=Path, default=DOCUMENT)
    options = parser.parse_args(arguments)
    source: Path = options.script
    target: Path = options.document
    written = source.read_text(encoding="utf-8")
    script = with_patterns(written, log_patterns.kinds())
    text = document(script)
    if not options.check:
        source.write_text(script, encoding="utf-8")
        target.write_text(text, encoding="utf-8")
        return 0
    command = f"run python documents/{Path(__file__).name}"
    if written != script:
        sys.stderr.write(f"{source.name} has not the patterns of log_patterns.toml: {command}\n")
        return 1
    if target.is_file() and target.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{target.name} is not what {source.name} makes: {command}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
