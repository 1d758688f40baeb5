"""The last report on this machine: one compressed file, written atomically."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from fleetscan.errors import ReportFileError, StoredDataError
from fleetscan.model import Report
from fleetscan.storage import report_codec


def path(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the last report is: ``$XDG_STATE_HOME/fleetscan`` or ``~/.local/state/fleetscan``.

    A relative XDG_STATE_HOME is ignored, as the XDG Base Directory Specification demands.
    """
    state = Path(environment.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        state = Path(environment.get("HOME") or Path.home()) / ".local" / "state"
    return state / "fleetscan" / "last-report.json.gz"


def write(report: Report, file: Path) -> None:
    """Write the report atomically, readable by its owner only."""
    packed = report_codec.pack(report)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A temporary file is made with mode 0600: a report names what runs where.
    with tempfile.NamedTemporaryFile("wb", dir=file.parent, prefix=".", delete=False) as temporary:
        try:
            temporary.write(packed)
            temporary.flush()
            os.fsync(temporary.fileno())
            Path(temporary.name).replace(file)
        except BaseException:
            Path(temporary.name).unlink(missing_ok=True)
            raise


def read(file: Path) -> Report:
    """Return the stored report; ReportFileError if there is none or the file is damaged."""
    try:
        with file.open("rb") as opened:
            packed = opened.read(report_codec.MOST_PACKED_BYTES + 1)
    except FileNotFoundError:
        raise ReportFileError(
            f"There is no report yet at {file}; `fleetscan node`, `scan` or `demo` makes one."
        ) from None
    except OSError as error:
        raise ReportFileError(f"The last report at {file} cannot be read: {error.strerror}.") from error
    try:
        return report_codec.unpack(packed)
    except StoredDataError as error:
        raise ReportFileError(f"The last report at {file} {error}; scan again.") from error
