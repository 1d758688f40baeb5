"""The last report on this machine: one JSON file, written whole or not at all, read back as the same values."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError, StructureHandlerNotFoundError
from cattrs.preconf.json import make_converter

from fleetscan.errors import ReportFileError
from fleetscan.model import Report

SCHEMA = 1
"""Of this file, which only this program reads; the promise to others is ``--json``."""

MAX_BYTES = 200_000_000
"""Ten thousand nodes with forty findings each take a tenth of it."""

_DAMAGE = (BaseValidationError, ForbiddenExtraKeysError, StructureHandlerNotFoundError, ValueError, TypeError, KeyError)
"""What a file that was cut, edited or written by another version can raise while it is understood."""

_converter = make_converter()


def path(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the last report is: ``$XDG_STATE_HOME/fleetscan`` or ``~/.local/state/fleetscan``.

    A relative XDG_STATE_HOME is ignored, as the XDG Base Directory Specification demands.
    """
    state = Path(environment.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        state = Path(environment.get("HOME") or Path.home()) / ".local" / "state"
    return state / "fleetscan" / "last-report.json"


def write(report: Report, file: Path) -> None:
    """Write the report for nobody but its owner to read; a reader sees the old file or the new one, never a part."""
    text = json.dumps({"schema": SCHEMA, "report": _converter.unstructure(report)})
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A temporary file is made with mode 0600: a report names what runs where.
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, prefix=".", delete=False) as temporary:
        try:
            temporary.write(text)
            temporary.flush()
            os.fsync(temporary.fileno())
            Path(temporary.name).replace(file)
        except BaseException:
            Path(temporary.name).unlink(missing_ok=True)
            raise


def read(file: Path) -> Report:
    """Return the report that was stored; ReportFileError says whether there is none or the file is damaged."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ReportFileError(
            f"There is no report yet at {file}; `fleetscan node`, `scan` or `demo` makes one."
        ) from None
    except OSError as error:
        raise ReportFileError(f"The last report at {file} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_BYTES:
        raise ReportFileError(f"The last report at {file} is larger than any report; remove it and scan again.")
    try:
        stored = json.loads(content)
        if not isinstance(stored, dict) or stored.get("schema") != SCHEMA:
            raise ReportFileError(f"The last report at {file} was written by another version; scan again.")
        return _converter.structure(stored["report"], Report)
    except _DAMAGE as error:
        raise ReportFileError(f"The last report at {file} is damaged; remove it and scan again.") from error
    except RecursionError as error:
        raise ReportFileError(f"The last report at {file} is damaged; remove it and scan again.") from error
