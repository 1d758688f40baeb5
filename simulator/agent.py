"""What the SSM agent does on a node: run a script, and cut what it printed.

The limits and the order of the pieces are those of amazon-ssm-agent 3.3 (pluginutil ``TruncateOutput``, iohandler):
24,000 bytes of standard output, 2,500 bytes of both streams for lists, each counted in bytes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

STANDARD_OUTPUT_BYTES = 24_000
STANDARD_ERROR_BYTES = 8_000
LISTED_BYTES = 2_500
LONG_SUFFIX = b"--output truncated--"
LISTED_SUFFIX = b"\n---Output truncated---"
ERROR_SUFFIX = b"\n---Error truncated----"
ERROR_TITLE = b"\n----------ERROR-------\n"
KILLED = 137
"""Exit code of a killed script; a script that exits with it by itself is reported as timed out, too."""

_READ_BYTES = 65_536
_DRAIN_SECONDS = 10.0
_MODE = 0o700

# A script must not be open for writing in any process when it is executed ("Text file busy"), and a child that another
# thread has just forked still holds what is open here. So no fork while a script is written.
_STARTING = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a script ended and all that is kept of what it printed."""

    exit_code: int
    output: bytes
    error: bytes
    is_timed_out: bool = False


def run(script: str, *, folder: Path, environment: Mapping[str, str], timeout_seconds: float) -> Outcome:
    """Run a script as the agent does: a file of mode 0700, its own process group, killed when its time is over."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "_script.sh"
    with _STARTING:
        path.write_text(script)
        path.chmod(_MODE)
        process = subprocess.Popen(  # noqa: S603  # running what it is given is what an agent does
            ["/bin/sh", "-c", str(path)],
            cwd="/",
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
    kept: dict[str, bytes] = {}
    readers = [
        threading.Thread(target=_keep, args=(stream, name, kept), daemon=True)
        for name, stream in (("output", process.stdout), ("error", process.stderr))
    ]
    for reader in readers:
        reader.start()
    is_timed_out = False
    try:
        exit_code = process.wait(timeout_seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        exit_code, is_timed_out = KILLED, True
    for reader in readers:
        # A descendant in a group of its own may outlive the script and hold the pipe; nobody waits for it.
        reader.join(_DRAIN_SECONDS)
    if exit_code < 0:
        exit_code = 128 - exit_code
    return Outcome(
        exit_code=exit_code,
        output=kept.get("output", b""),
        error=kept.get("error", b""),
        is_timed_out=is_timed_out or exit_code == KILLED,
    )


def standard_output(output: bytes) -> str:
    """Return what GetCommandInvocation shows: 24,000 bytes and more are cut, the suffix included in the limit."""
    if len(output) >= STANDARD_OUTPUT_BYTES:
        output = output[: STANDARD_OUTPUT_BYTES - len(LONG_SUFFIX)] + LONG_SUFFIX
    return output.decode("utf-8", "replace")


def standard_error(error: bytes) -> str:
    """Return what GetCommandInvocation shows of standard error."""
    return error[:STANDARD_ERROR_BYTES].decode("utf-8", "replace")


def listed_output(output: bytes, error: bytes) -> str:
    """Return what ListCommandInvocations shows: both streams within 2,500 bytes, each cut at its end.

    A stream that needs less than half of the room is kept whole; two long ones get about half each.
    """
    title = ERROR_TITLE if error else b""
    room = LISTED_BYTES - len(title)
    if len(output) + len(error) < room:
        pass
    elif len(error) < room // 2:
        output = output[: room - len(LISTED_SUFFIX) - len(error)] + LISTED_SUFFIX
    elif len(output) < room // 2:
        error = error[: room - len(ERROR_SUFFIX) - len(output)] + ERROR_SUFFIX
    else:
        output = output[: room // 2 - len(LISTED_SUFFIX)] + LISTED_SUFFIX
        error = error[: room // 2 - len(ERROR_SUFFIX)] + ERROR_SUFFIX
    return (output + title + error).decode("utf-8", "replace")


def _keep(stream: IO[bytes] | None, name: str, kept: dict[str, bytes]) -> None:
    """Read a stream to its end but keep only as much of it as anything can show."""
    found = bytearray()
    if stream is not None:
        with stream:
            while block := stream.read1(_READ_BYTES):  # type: ignore[attr-defined]  # a pipe of Popen is buffered
                found += block[: max(STANDARD_OUTPUT_BYTES + 1 - len(found), 0)]
    kept[name] = bytes(found)
