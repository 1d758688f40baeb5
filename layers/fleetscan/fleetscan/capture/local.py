"""The collection script run on this machine, or on a recorded tree, without AWS in between.

A recorded tree holds what was copied from a node: ``DIR/proc``, ``DIR/sys``, ``DIR/run``, ``DIR/var/log``,
``DIR/etc``, or two samples of them in ``DIR/t0`` and ``DIR/t1``. It may hold a single file; what is not in it was not
collected.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from fleetscan.errors import CaptureError
from fleetscan.model import Capture, CaptureStatus, Node

TIMEOUT_SECONDS = 90.0
"""The script limits each of its commands and ends within some 20 s plus its window; a thrashing node takes longer."""

OUTPUT_CHARACTERS = 1_000_000
"""The script stops at 23,900 characters; whatever prints more than this is not the script."""

_PARTS = (("PROC_ROOT", "proc"), ("SYS_ROOT", "sys"), ("RUN_ROOT", "run"), ("LOG_ROOT", "var/log"), ("ETC_ROOT", "etc"))
_KERNEL_LOGS = ("var/log/dmesg", "dmesg", "var/log/kern.log", "var/log/messages")
_JOURNALS = ("var/log/journal.txt", "journal.txt")
_HOST_NAMES = ("etc/hostname", "proc/sys/kernel/hostname")
_DMI = "class/dmi/id"
_UNFIT = frozenset(":'\\\n")
"""Characters that break a path in grep's output or in a shell inside awk, so a root must not contain them."""

_INSTANCE_ID = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_INSTANCE_TYPE = re.compile(r"[a-z0-9-]{1,20}\.[a-z0-9-]{1,20}")
_HOST_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")
_NAME_CHARACTERS = 300


def collect(
    root: Path | None = None,
    *,
    window_seconds: int | None = None,
    script: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Capture:
    """Run the script here (``root`` None) or on a recorded tree, and return what it printed.

    ``window_seconds`` is the time between the two samples: by default the script's 5 s here, none on a recorded tree.
    Raises CaptureError where there is nothing to run or nothing to run it on; a script that ran and failed is a capture
    with the status ``FAILED`` or ``TIMED_OUT`` and a reason.
    """
    path = script or script_path()
    _demand_tools(environment)
    node = _this_node() if root is None else _recorded_node(root)
    seconds = window_seconds if window_seconds is not None else (None if root is None else 0)
    variables = _variables(root, seconds, environment)
    try:
        # The script is the project's own, and its path comes from this package, never from a node.
        done = subprocess.run(  # noqa: S603
            [_found("sh", environment), str(path)],
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_seconds + (seconds or 0),
            check=False,
        )
    except subprocess.TimeoutExpired:
        reason = f"The collection script did not end within {timeout_seconds + (seconds or 0):.0f} s."
        return Capture(node=node, status=CaptureStatus.TIMED_OUT, reason=reason)
    text = done.stdout[:OUTPUT_CHARACTERS].decode("utf-8", "replace")
    if done.returncode or not text:
        complaint = done.stderr[:_NAME_CHARACTERS].decode("utf-8", "replace").strip().replace("\n", "; ") or "no output"
        reason = f"The collection script ended with status {done.returncode}: {complaint}"
        return Capture(node=node, status=CaptureStatus.FAILED, text=text, reason=reason)
    return Capture(node=node, status=CaptureStatus.ANSWERED, text=text, is_recording=root is not None)


def script_path() -> Path:
    """Return where the script is: inside the installed package, or beside it in a working copy."""
    package = Path(__file__).resolve().parents[1]
    candidates = (package / "collect.sh", package.parents[2] / "documents" / "collect.sh")
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise CaptureError(f"The collection script is missing; looked for {' and '.join(map(str, candidates))}.")


def _demand_tools(environment: Mapping[str, str]) -> None:
    for tool in ("sh", environment.get("AWK") or "awk"):
        _found(tool, environment)


def _found(tool: str, environment: Mapping[str, str]) -> str:
    found = shutil.which(tool, path=environment.get("PATH", os.defpath))
    if found is None:
        raise CaptureError(f"The collection script needs {tool}, which is not on the PATH of this machine.")
    return found


def _variables(root: Path | None, seconds: int | None, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the script's whole environment: a tree's roots must not mix with the caller's variables."""
    variables = {"PATH": environment.get("PATH", os.defpath), "LC_ALL": "C"}
    if awk := environment.get("AWK"):
        variables["AWK"] = awk
    if seconds is not None:
        variables["WINDOW_SECONDS"] = str(seconds)
    if root is None:
        return variables
    first, last = _samples(root.resolve())
    variables |= {variable: str(last / part) for variable, part in _PARTS}
    if first != last:
        # One instant read as two samples would show rates of zero; without a first sample rates are unknown.
        variables |= {f"FIRST_{variable}": str(first / part) for variable, part in _PARTS[:2]}
    for variable, candidates in (("KERNEL_LOG", _KERNEL_LOGS), ("JOURNAL", _JOURNALS)):
        # A file that does not exist keeps the script from reading this machine's own log for another machine.
        existing = [place / name for place in (last, root.resolve()) for name in candidates if (place / name).is_file()]
        variables[variable] = str(existing[0] if existing else last / candidates[0])
    return variables


def _samples(root: Path) -> tuple[Path, Path]:
    """Return the directories of the first and the last sample; one of two alone stands for both."""
    if not root.is_dir():
        raise CaptureError(f"{root} is not a directory.")
    if set(str(root)) & _UNFIT:
        raise CaptureError(f"{root} holds a colon, a quote or a backslash, which the script cannot tell from its own.")
    given = [root / name for name in ("t0", "t1") if (root / name).is_dir()]
    first, last = (given[0], given[-1]) if given else (root, root)
    parts = [part for _, part in _PARTS]
    logs = [name for name in _KERNEL_LOGS if "/" not in name]
    if not any((place / name).exists() for place in (first, last) for name in (*parts, *logs)):
        raise CaptureError(f"{root} holds no recorded node: none of {', '.join(parts)} is in it (nor in t0 or t1).")
    return first, last


def _this_node() -> Node:
    return _node(Path("/sys"), os.uname().nodename, os.uname().machine)


def _recorded_node(root: Path) -> Node:
    _, last = _samples(root.resolve())
    names = (_line(last / name) for name in _HOST_NAMES)
    recorded = next((name for name in names if _HOST_NAME.fullmatch(name)), "")
    return _node(last / "sys", recorded or root.resolve().name)


def _node(sys_root: Path, host_name: str, architecture: str = "") -> Node:
    """Return the node as its firmware identifies it: on EC2 the asset tag is the instance id, the product its type."""
    tag = _line(sys_root / _DMI / "board_asset_tag")
    product = _line(sys_root / _DMI / "product_name")
    is_instance = _INSTANCE_ID.fullmatch(tag) is not None
    return Node(
        instance_id=tag if is_instance else host_name,
        instance_type=product if is_instance and _INSTANCE_TYPE.fullmatch(product) else "",
        private_dns_name=host_name if is_instance else "",
        architecture=architecture,
    )


def _line(path: Path) -> str:
    """Return the first line of a small file, or nothing where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_NAME_CHARACTERS).decode("ascii", "replace").partition("\n")[0].strip()
    except OSError:
        return ""
