"""What a program gets for a report on the topic: the message's words, and where the whole report is.

    {"schema": 1, "kind": "fleetscan.report", "scan_id": "20260115T060503.218441Z", "severity": "critical",
     "subject": "[critical] fleetscan: ...", "text": "...", "report": {"bucket": "...", "key": "..."},
     "links": {"report": "https://...", "dashboard": "https://..."}}

``report`` and each link are null where there is none. Keys may be added within a schema, never renamed or removed.
"""

from __future__ import annotations

import json
from typing import Any

from fleetscan.immutable import immutable
from fleetscan.model.whereabouts import NOWHERE, Whereabouts

SCHEMA = 1
KIND = "fleetscan.report"

MOST_TEXT_CHARACTERS = 8_000
MOST_CHARACTERS = 4_000
"""Of every other string. The longest is a presigned URL, of about 1,700."""


@immutable
class Envelope:
    """One report's message."""

    scan_id: str
    subject: str
    text: str
    severity: str
    """``critical``, ``warning``, ``info`` or ``none``."""
    whereabouts: Whereabouts = NOWHERE


def write(envelope: Envelope) -> str:
    """Return an envelope as JSON on one line."""
    where = envelope.whereabouts
    return json.dumps(
        {
            "schema": SCHEMA,
            "kind": KIND,
            "scan_id": envelope.scan_id,
            "subject": envelope.subject,
            "text": envelope.text,
            "severity": envelope.severity,
            "report": {"bucket": where.bucket, "key": where.key} if where.key else None,
            "links": {"report": where.report_url or None, "dashboard": where.dashboard_url or None},
        },
        ensure_ascii=False,
    )


def read(text: str) -> Envelope | None:
    """Return the envelope that a message is; None where it is none, or one of another schema.

    A string that is missing or no string is empty, and a long one is cut: anybody who may publish can write it.
    """
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("kind") != KIND or found.get("schema") != SCHEMA:
        return None
    report, links = _object(found, "report"), _object(found, "links")
    return Envelope(
        scan_id=_string(found, "scan_id"),
        subject=_string(found, "subject"),
        text=_string(found, "text", MOST_TEXT_CHARACTERS),
        severity=_string(found, "severity"),
        whereabouts=Whereabouts(
            bucket=_string(report, "bucket"),
            key=_string(report, "key"),
            report_url=_string(links, "report"),
            dashboard_url=_string(links, "dashboard"),
        ),
    )


def _object(found: dict[str, Any], key: str) -> dict[str, Any]:
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def _string(found: dict[str, Any], key: str, limit: int = MOST_CHARACTERS) -> str:
    value = found.get(key)
    return value[:limit] if isinstance(value, str) else ""
