"""A simulated AWS of many nodes in a process of its own, so that what scans it is measured alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class CrowdServer:
    """The other process. ``environment`` leads boto3 and the function to it."""

    def __init__(self, writes: IO[str], reads: IO[str]) -> None:
        self._writes, self._reads = writes, reads
        self.environment: Mapping[str, str] = json.loads(self._reads.readline())

    def forget(self) -> None:
        """Forget the calls so far."""
        self._ask("forget")

    def calls(self) -> dict[str, int]:
        """Return the calls since they were last forgotten, by action."""
        return self._ask("calls")

    def _ask(self, words: str) -> dict[str, int]:
        self._writes.write(f"{words}\n")
        self._writes.flush()
        found: dict[str, int] = json.loads(self._reads.readline())
        return found


@contextmanager
def crowd_server(nodes: int, *arguments: str) -> Iterator[CrowdServer]:
    """Start it with so many nodes and further arguments of tests/bench/crowd_server.py; it ends with the block."""
    program = Path(__file__).with_name("crowd_server.py")
    command = [sys.executable, str(program), "--nodes", str(nodes), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None  # both are pipes
        assert process.stdout is not None  # same
        yield CrowdServer(process.stdin, process.stdout)
        process.stdin.close()
