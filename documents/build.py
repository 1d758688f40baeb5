# ruff: noqa: INP001 - documents/ holds what runs on nodes and is no package
"""Makes the SSM Command document from the collection script: ``python documents/build.py [--check]``.

The document has no parameters, so whoever may send it can run this script and nothing else. It has the script without
its comments, which SSM's limit leaves no room for. The script's patterns of the
kernel log and of the journal are written into it first, from ``capture/log_patterns.toml``. With ``--check`` nothing is
written and a script or document that is out of date ends with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
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
            *_function("kernel_kind", *map(_test, by_log[Log.KERNEL])),
            "",
            "# What a container printed in a probe or hook, and a command that its image lacks, is of no kind.",
            *_function("journal_kind", _return(log_patterns.MATTERS_OF_PODS, ""), *map(_test, by_log[Log.JOURNAL])),
        ]
    )


def _function(name: str, *tests: str) -> list[str]:
    return [f"function {name}(text) {{", *tests, '  return ""', "}"]


def _test(kind: Kind) -> str:
    return _return(kind.pattern, kind.id)


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
    """Return the lines of a script that a node runs: its comments, which begin a line, would not fit beside them."""
    first, *others = script.splitlines()
    return [first, *(line for line in others if line.strip() and not line.lstrip().startswith("#"))]


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
