"""The errors of the package.

FleetscanError
├── ParseError      a text from a node cannot be understood: source, line, reason
├── CaptureError    a whole capture cannot be believed: truncated, empty, of another version
├── AbsentError     evidence that a rule asked for was not collected; the rule is skipped
├── SettingError    a setting has a wrong name or value
├── AccessError     AWS refused a call; names the missing action
├── UnseenError     of all that was to be scanned nothing was seen
├── ClusterError    the API of a cluster cannot be asked, and why
├── PublishError    a scan is done, but part of what it found could not be published
├── MuteError       an entry of the mute list is malformed; it mutes nothing
├── ArchiveError    bytes that were stored cannot be understood: a report, a part, an item of the table
├── RecordingError  a folder with a recorded fleet cannot be read or written; names file and reason
├── ReportFileError the report stored on this machine is missing or damaged
├── ShelfError      a report cannot be had from the bucket: none yet, expired, damaged
└── SlackError      Slack did not take a message; says why and what to do
"""

from __future__ import annotations


class FleetscanError(Exception):
    """Anything this package raises on purpose."""


class ParseError(FleetscanError):
    """A text from a node cannot be understood.

    ``line`` counts from 1 inside the source's own text; 0 means the text as a whole.
    """

    def __init__(self, source: str, line: int, reason: str) -> None:
        super().__init__(f"{source}, line {line}: {reason}" if line else f"{source}: {reason}")
        self.source = source
        self.line = line
        self.reason = reason


class CaptureError(FleetscanError):
    """A whole capture cannot be believed: truncated, empty, binary or of another version."""


class AbsentError(FleetscanError):
    """Evidence that was asked for is not there. Absent is not zero: the asker is skipped, not well."""


class SettingError(FleetscanError):
    """A setting has an unknown name or a value that does not fit."""


class AccessError(FleetscanError):
    """AWS refused a call because the caller lacks an IAM action; the message names the action."""


class UnseenError(FleetscanError):
    """Of all that was to be scanned nothing was seen, so there is nothing to conclude; the message says why."""


class ClusterError(FleetscanError):
    """The API of a cluster cannot be asked; the message is a sentence for the operator."""


class PublishError(FleetscanError):
    """A scan is done, but some of what it found could not be published; the message names each destination."""


class MuteError(FleetscanError):
    """An entry of the mute list is malformed: the message says which part, and what it may be."""


class ArchiveError(FleetscanError):
    """Bytes that were stored cannot be understood; the words go on from the name of what holds them."""


class RecordingError(FleetscanError):
    """A folder with a recorded fleet, or a file in it, cannot be read or written; the message names it."""


class ReportFileError(FleetscanError):
    """The report stored on this machine is missing, unreadable or damaged."""


class ShelfError(FleetscanError):
    """A report cannot be had from the bucket: there is none yet, it has expired, or it is damaged."""


class SlackError(FleetscanError):
    """Slack did not take a message, and waiting a little did not help; says why, what to do, and no secret."""


def in_words(error: Exception) -> str:
    """Return what kind of error it is and what it says, for a note or a log line of our own."""
    return f"{type(error).__name__}: {error}"
