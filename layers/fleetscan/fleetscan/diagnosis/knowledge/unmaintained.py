"""The list of unmaintained, ended, superseded and leaking images: ``unmaintained.toml``, read strictly.

The list changes over time, so it is data. A malformed entry raises when the list is read, which a test does: the build
fails, never a scan.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from functools import cache, partial

from fleetscan.capture.procfs.images import hashes_of
from fleetscan.diagnosis.knowledge.entries import demand_unique, shipped, tables, word
from fleetscan.errors import ParseError
from fleetscan.immutable import immutable

MIRROR_PREFIXES = ("docker-hub", "ecr-public", "quay", "kubernetes", "github", "gitlab", "k8s")
"""What Amazon ECR's pull through cache puts in front of a repository by default (ECR user guide, pull through cache).
Only needed where nothing but the hash of a whole repository is known."""

_SOURCE = "unmaintained.toml"
_FIELDS = {"id", "repositories", "status", "since", "source", "confidence", "advice"}
_ID = re.compile(r"[a-z][a-z0-9_]*")
_REPOSITORY = re.compile(r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*")
_SENTENCE = re.compile(r".+")
_SINCE = re.compile(r"(?:[0-9]{4}(?:-[0-9]{2}){0,2})?")


class Status(enum.StrEnum):
    """Why an image is on the list. Only ``ABANDONED`` (unmaintained) makes it a suspect."""

    ABANDONED = "abandoned"
    END_OF_LIFE = "end_of_life"
    SUPERSEDED = "superseded"
    LEAK = "leak"


class Confidence(enum.StrEnum):
    """The confidence in the status."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


_WORDS = {
    Status.ABANDONED: "unmaintained",
    Status.END_OF_LIFE: "reached end of life",
    Status.SUPERSEDED: "superseded",
    Status.LEAK: "known to leak in some versions",
}


@immutable
class ListedImage:
    """One entry of the list."""

    id: str
    repositories: tuple[str, ...]
    """Without registry host, tag and digest."""
    status: Status
    since: str
    """Year, month or day; empty if it is unknown."""
    source: str
    confidence: Confidence
    advice: str

    def is_repository(self, repository: str) -> bool:
        """Whether a repository is one of these, also behind a mirror's prefix (``mirror/weaveworks/scope``)."""
        return is_listed(repository, self.repositories)

    @property
    def hashes(self) -> frozenset[int]:
        """The hashes of its repositories, also behind a mirror's usual prefix."""
        return _hashes(self.repositories)


def is_listed(repository: str, listed: Iterable[str]) -> bool:
    """Whether a repository is one of those listed, also behind a mirror's prefix (``mirror/weaveworks/scope``).

    A repository of one word, such as ``heapster``, must match in full: other images may end with that name.
    """
    return any(repository == name or ("/" in name and repository.endswith(f"/{name}")) for name in listed)


def status_words(entry: ListedImage) -> str:
    """Return what is known of an image in words: ``unmaintained since 2024``."""
    if not entry.since:
        return _WORDS[entry.status]
    if entry.status is Status.END_OF_LIFE:
        is_day = len(entry.since) == len("2026-03-02")
        return f"{_WORDS[entry.status]} {'on' if is_day else 'in'} {entry.since}"
    return f"{_WORDS[entry.status]} since {entry.since}"


@cache
def _hashes(repositories: tuple[str, ...]) -> frozenset[int]:
    mirrored = {f"{prefix}/{name}" for prefix in MIRROR_PREFIXES for name in repositories}
    return frozenset[int]().union(*(hashes_of(name) for name in mirrored | set(repositories)))


@cache
def listed_images() -> tuple[ListedImage, ...]:
    """Return the list that ships with the package."""
    return parse(shipped(_SOURCE))


def parse(text: str) -> tuple[ListedImage, ...]:
    """Read a list; ParseError names the first entry that is not as it should be."""
    entries = tuple(_entry(number, table) for number, table in enumerate(tables(text, _SOURCE, "image"), start=1))
    demand_unique(_SOURCE, "id", (entry.id for entry in entries))
    demand_unique(_SOURCE, "repository", (repository for entry in entries for repository in entry.repositories))
    return entries


def _entry(number: int, table: object) -> ListedImage:
    if not isinstance(table, dict):
        raise ParseError(_SOURCE, 0, f"image {number} is no table")
    if set(table) != _FIELDS:
        raise ParseError(_SOURCE, 0, f"image {number} must have exactly the fields {', '.join(sorted(_FIELDS))}")
    text = partial(word, _SOURCE, f"image {number}")
    repositories = table["repositories"]
    if not isinstance(repositories, list) or not repositories:
        raise ParseError(_SOURCE, 0, f"image {number}: repositories is no list of names")
    try:
        return ListedImage(
            id=text("id", table["id"], _ID),
            repositories=tuple(text("repositories", name, _REPOSITORY) for name in repositories),
            status=Status(table["status"]),
            since=text("since", table["since"], _SINCE),
            source=text("source", table["source"], _SENTENCE),
            confidence=Confidence(table["confidence"]),
            advice=text("advice", table["advice"], _SENTENCE),
        )
    except ValueError as error:
        raise ParseError(_SOURCE, 0, f"image {number}: {error}") from error
