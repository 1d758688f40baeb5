# ruff: noqa: INP001 - documents/ holds what runs on nodes and is no package
"""Writes ``spoke.yaml`` with the SSM document in it: ``python documents/spoke.py OUTPUT``.

A stack set takes one file, and with permissions that AWS Organizations manages none that has a transform in it. The
document makes it larger than what may be sent in a call (51,200 bytes), so it is put into a bucket, where 1 MB may be.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "spoke.yaml"

MOST_BYTES = 1_000_000
"""A template in a bucket (AWS CloudFormation user guide, quotas: 1 MB)."""

INCLUDE = """        Fn::Transform:
          Name: AWS::Include
          Parameters:
            Location: documents/collector.json
"""


def packaged(template: str, document: str) -> str:
    """Return the template with the document where it says to include it. JSON is YAML, so it goes in as it is."""
    if template.count(INCLUDE) != 1:
        raise ValueError("spoke.yaml does not include documents/collector.json as it should")
    line = json.dumps(json.loads(document), separators=(", ", ": "))
    return template.replace(INCLUDE, f"        {line}\n")


def main(arguments: Sequence[str]) -> int:
    """Write the file that is named."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python documents/spoke.py OUTPUT\n")
        return 2
    text = packaged(TEMPLATE.read_text(), (ROOT / "documents" / "collector.json").read_text())
    output = Path(arguments[0])
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text)
    sys.stdout.write(f"{output}: {len(text.encode()):,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
