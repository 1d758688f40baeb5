"""Errors that an operator can act on, in a sentence that says what is missing."""

from __future__ import annotations

import sys

from fleetscan.errors import FleetscanError


def explained(error: Exception) -> str | None:
    """Return the error in words for an operator, or None where it is a fault of this program."""
    if isinstance(error, FleetscanError):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    # Only what has been imported can have raised: without botocore loaded there is no need to load it now.
    if "botocore.exceptions" in sys.modules:
        from fleetscan.aws.advice import explained as explained_aws  # noqa: PLC0415 - loaded already

        return explained_aws(error)
    return None
