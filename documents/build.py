# ruff: noqa: INP001 - documents/ holds what runs on nodes and is no package
"""Makes the SSM Command document from the collection script: ``python documents/build.py [--check]``.

The document has no parameters, so whoever may send it can run this script and nothing else. With ``--check`` nothing is
written and a document that differs from its script ends with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

SCRIPT = Path(__file__).with_name("collect.sh")
DOCUMENT = Path(__file__).with_name("collector.json")

MAX_CHARACTERS = 64 * 1024
"""Content and parameters of a document together (AWS Systems Manager, service quotas)."""

TIMEOUT_SECONDS = 60
"""Seconds after which the agent kills the script, which ends itself after 25."""


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
                "inputs": {"timeoutSeconds": str(TIMEOUT_SECONDS), "runCommand": script.splitlines()},
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
    text = document(source.read_text(encoding="utf-8"))
    if not options.check:
        target.write_text(text, encoding="utf-8")
        return 0
    if target.is_file() and target.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{target.name} is not what {source.name} makes: run python documents/{Path(__file__).name}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
