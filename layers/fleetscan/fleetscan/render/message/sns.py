"""A report as a message: subject, attributes, and the texts for a topic that mails people and feeds programs."""

from __future__ import annotations

from collections.abc import Mapping

from fleetscan.model import Report
from fleetscan.model.whereabouts import NOWHERE, Whereabouts
from fleetscan.render.message import envelope, mail
from fleetscan.render.message.envelope import Envelope
from fleetscan.render.message.selection import digest
from fleetscan.render.words import summary
from fleetscan.render.words.escape import ascii_only, name, unmentioned

SUBJECT_CHARACTERS = 99
"""SNS: "ASCII text that begins with a letter, number, or punctuation mark; must not include line breaks or control
characters; and must be less than 100 characters long" (API reference, Publish)."""

SCHEMA = "1"

_VALUES = 50
"""Values of one attribute; body and attributes share the 256 KiB of a message."""


def subject(report: Report) -> str:
    """Return the subject, such as ``[critical] fleetscan: 3 of 16 nodes critical in live - kernel socket buffers``.

    If a history is kept it says what changed, such as ``[critical] fleetscan: opened: kernel socket
    buffers on 3 nodes in live, and 8 more``.
    """
    words = ascii_only(unmentioned(f"[{summary.label(report)}] fleetscan: {summary.words(report)}"))
    return words if len(words) <= SUBJECT_CHARACTERS else words[: SUBJECT_CHARACTERS - 3].rstrip() + "..."


def body(report: Report, whereabouts: Whereabouts = NOWHERE) -> str:
    """Return the text for people who get mail."""
    return mail.text(digest(report, whereabouts))


def texts(report: Report, whereabouts: Whereabouts = NOWHERE) -> Mapping[str, str]:
    """Return SNS protocol -> text: words for people under ``default``, an envelope for queues and functions.

    E-mail has no text of its own: SNS sends ``default`` to every protocol that is not named.
    """
    words = body(report, whereabouts)
    enclosed = envelope.write(
        Envelope(
            scan_id=name(report.scan_id),
            subject=subject(report),
            text=words,
            severity=summary.severity(report),
            whereabouts=whereabouts,
        )
    )
    return {"default": words, "lambda": enclosed, "sqs": enclosed}


def attributes(report: Report) -> Mapping[str, tuple[str, ...] | str]:
    """Return what a subscription can filter by; an attribute without a value is left out, as SNS demands."""
    reported = report.chronicle.reported if report.chronicle else ()
    clusters = {event.episode.fingerprint.cluster for event in reported} or {
        one.node.cluster for one in report.diagnoses
    }
    rules = (
        {event.episode.fingerprint.rule for event in reported}
        if report.chronicle
        else {finding.rule for diagnosis in report.diagnoses for finding in diagnosis.findings}
    )
    every = {"clusters": clusters, "rules": rules, "changes": {event.kind.value for event in reported}}
    several = {key: tuple(sorted(name(value) for value in values if value)[:_VALUES]) for key, values in every.items()}
    return {
        "schema": SCHEMA,
        "scan_id": name(report.scan_id) or "-",
        "severity": summary.severity(report),
        **{key: values for key, values in several.items() if values},
    }
