"""The list of abandoned, ended, superseded and leaking images: ``abandoned.toml`` read strictly.

The list ages, so it is data. A malformed entry raises when the list is read, which a test does: the build fails, never
a scan.
"""

from __future__ import annotations

import enum
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from fleetscan.errors import ParseError
from fleetscan.procfs.images import repository_hash

MIRROR_PREFIXES = ("docker-hub", "ecr-public", "quay", "kubernetes", "github", "gitlab", "k8s")
"""What Amazon ECR's pull through cache puts in front of a repository by default (ECR user guide, pull through cache).
Only needed where nothing but the hash of a whole repository is known."""

_SOURCE = "abandoned.toml"
_FIELDS = {"id", "repositories", "status", "since", "source", "confidence", "advice"}
_ID = re.compile(r"[a-z][a-z0-9_]*")
_REPOSITORY = re.compile(r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*")
_SINCE = re.compile(r"(?:[0-9]{4}(?:-[0-9]{2}){0,2})?")


class Status(enum.StrEnum):
    """What is known against an image. Only ``ABANDONED`` is an accusation."""

    ABANDONED = "abandoned"
    END_OF_LIFE = "end_of_life"
    SUPERSEDED = "superseded"
    LEAK = "leak"


class Confidence(enum.StrEnum):
    """How sure the status is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedImage:
    """One entry of the list."""

    id: str
    repositories: tuple[str, ...]
    """Without registry host, tag and digest."""
    status: Status
    since: str
    """Year, month or day; empty where it is not known."""
    source: str
    confidence: Confidence
    advice: str

    def is_repository(self, repository: str) -> bool:
        """Whether a repository is one of these, be it behind a mirror's prefix (``mirror/weaveworks/scope``)."""
        return is_listed(repository, self.repositories)

    @property
    def hashes(self) -> frozenset[int]:
        """The hashes under which its repositories are found, be it behind a mirror's usual prefix."""
        return _hashes(self.repositories)


def is_listed(repository: str, listed: Iterable[str]) -> bool:
    """Whether a repository is one of those listed, be it behind a mirror's prefix (``mirror/weaveworks/scope``).

    A repository of one word, such as ``heapster``, must be all there is: anybody may have an image of that name.
    """
    return any(repository == name or ("/" in name and repository.endswith(f"/{name}")) for name in listed)


@cache
def _hashes(repositories: tuple[str, ...]) -> frozenset[int]:
    mirrored = {f"{prefix}/{name}" for prefix in MIRROR_PREFIXES for name in repositories}
    return frozenset(repository_hash(name) for name in mirrored | set(repositories))


@cache
def listed_images() -> tuple[ListedImage, ...]:
    """Return the list that ships with the package."""
    return parse(resources.files("fleetscan.knowledge").joinpath(_SOURCE).read_text(encoding="utf-8"))


def parse(text: str) -> tuple[ListedImage, ...]:
    """Read a list; ParseError names the first entry that is not as it should be."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ParseError(_SOURCE, 0, f"no TOML: {error}") from error
    tables = document.pop("image", None)
    if document or not isinstance(tables, list) or not tables:
        raise ParseError(_SOURCE, 0, "must hold [[image]] tables and nothing else")
    entries = tuple(_entry(number, table) for number, table in enumerate(tables, start=1))
    for kind, names in (
        ("id", [entry.id for entry in entries]),
        ("repository", [repository for entry in entries for repository in entry.repositories]),
    ):
        for name in names:
            if names.count(name) > 1:
                raise ParseError(_SOURCE, 0, f"{kind} {name} is given twice")
    return entries


def _entry(number: int, table: object) -> ListedImage:
    if not isinstance(table, dict):
        raise ParseError(_SOURCE, 0, f"image {number} is no table")
    if set(table) != _FIELDS:
        raise ParseError(_SOURCE, 0, f"image {number} must have exactly the fields {', '.join(sorted(_FIELDS))}")
    repositories = table["repositories"]
    if not isinstance(repositories, list) or not repositories:
        raise ParseError(_SOURCE, 0, f"image {number}: repositories is no list of names")
    try:
        return ListedImage(
            id=_words(number, table, "id", _ID),
            repositories=tuple(
                _words(number, {"repositories": name}, "repositories", _REPOSITORY) for name in repositories
            ),
            status=Status(table["status"]),
            since=_words(number, table, "since", _SINCE),
            source=_words(number, table, "source"),
            confidence=Confidence(table["confidence"]),
            advice=_words(number, table, "advice"),
        )
    except ValueError as error:
        raise ParseError(_SOURCE, 0, f"image {number}: {error}") from error


def _words(number: int, table: Mapping[str, object], name: str, pattern: re.Pattern[str] = re.compile(r".+")) -> str:
    value = table[name]
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ParseError(_SOURCE, 0, f"image {number}: {name} is not as it should be: {value!r}")
    return value
