"""The errors of the package.

FleetscanError
├── ParseError      a text from a node cannot be parsed: source, line, reason
├── CaptureError    a whole capture is invalid: truncated, empty, of another version
├── AbsentError     evidence that a rule needs was not collected; the rule is skipped
├── SettingError    a setting has a wrong name or value
├── AccessError     AWS denied a call; names the missing IAM action
├── UnseenError     none of the targets of a scan responded
├── ClusterError    the API of a cluster cannot be queried, and why
├── PublishError    a scan completed, but part of its results could not be published
├── MuteError       an entry of the mute list is malformed; it mutes nothing
├── StoredDataError stored bytes cannot be decoded: a report, a part, an item of the table
├── RecordingError  a folder with a recorded fleet cannot be read or written; names file and reason
├── ReportFileError the report stored on this machine is missing or damaged
├── StoredReportError a report cannot be read from the bucket: none yet, expired, damaged
└── SlackError      Slack did not accept a message; says why and what to do
"""

from __future__ import annotations


class FleetscanError(Exception):
    """Anything this package raises on purpose."""


class ParseError(FleetscanError):
    """A text from a node cannot be parsed.

    ``line`` counts from 1 inside the source's own text; 0 means the text as a whole.
    """

    def __init__(self, source: str, line: int, reason: str) -> None:
        super().__init__(f"{source}, line {line}: {reason}" if line else f"{source}: {reason}")
        self.source = source
        self.line = line
        self.reason = reason


class CaptureError(FleetscanError):
    """A whole capture is invalid: truncated, empty, binary or of another version."""


class AbsentError(FleetscanError):
    """Evidence that a rule needs is missing. Absent is not zero: the rule is skipped and reports nothing."""


class SettingError(FleetscanError):
    """A setting has an unknown name or a value that does not fit."""


class AccessError(FleetscanError):
    """AWS denied a call because the caller lacks an IAM action; the message names the action."""


class UnseenError(FleetscanError):
    """None of the targets of a scan responded, so there is no report; the message gives the reasons."""


class ClusterError(FleetscanError):
    """The API of a cluster cannot be queried; the message is a sentence for the operator."""


class PublishError(FleetscanError):
    """A scan completed, but some results could not be published; the message names each destination."""


class MuteError(FleetscanError):
    """An entry of the mute list is malformed; the message says which part, and what is allowed."""


class StoredDataError(FleetscanError):
    """Stored bytes cannot be decoded; the message continues a sentence that begins with their name."""


class RecordingError(FleetscanError):
    """A folder with a recorded fleet, or a file in it, cannot be read or written; the message names it."""


class ReportFileError(FleetscanError):
    """The report stored on this machine is missing, unreadable or damaged."""


class StoredReportError(FleetscanError):
    """A report cannot be read from the bucket: there is none yet, it has expired, or it is damaged."""


class SlackError(FleetscanError):
    """Slack did not accept a message after retries; says why and what to do, without any secret."""


def in_words(error: Exception) -> str:
    """Return the class name and message of an error, for a note or a log line."""
    return f"{type(error).__name__}: {error}"
