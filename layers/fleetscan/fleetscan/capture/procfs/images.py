"""The image repositories of the running containers as hashes, as their names would not fit into the summary.

One line of six letters each, here of weaveworks/scope, eks/kube-proxy and amazon-k8s-cni::

    ALonCY CzXEcI DMlBMf

A hash is a number, and the letters are its digits to the base of 52, A to Z and a to z, the first with the highest
place; version 1 wrote it in decimal, which is understood alike.
The script takes the images from the containerd bundles; names themselves travel in the section ``containers``.
Absent where no bundle could be read. The hash is this project's own and is defined in docs/capture-format.md.
"""

from __future__ import annotations

import string

from fleetscan.capture import rows
from fleetscan.errors import ParseError
from fleetscan.immutable import immutable

_SOURCE = "images"
_MODULUS = 2**31 - 1
_MULTIPLIER = 31
_MAX_HASHES = 500
_DIGITS = string.ascii_uppercase + string.ascii_lowercase
_PLACES = 6
_VALUES = {letter: value for value, letter in enumerate(_DIGITS)}


@immutable
class Images:
    """Hashes of the distinct repositories; compare with ``repository_hash``."""

    repository_hashes: frozenset[int]


def parse(text: str) -> Images:
    """Parse the section ``images``; no number means that no container was seen.

    A number may come twice: two repositories can share a hash.
    """
    hashes: set[int] = set()
    for row in rows.read(text, source=_SOURCE):
        if len(row.words) > _MAX_HASHES:
            raise ParseError(_SOURCE, row.line, f"more than {_MAX_HASHES} hashes")
        values = [_hash(row, index) for index in range(len(row.words))]
        if max(values) >= _MODULUS:
            raise row.error(f"hash is not below {_MODULUS}: {max(values)}")
        hashes.update(values)
    return Images(repository_hashes=frozenset(hashes))


def _hash(row: rows.Row, index: int) -> int:
    word = row.words[index]
    if len(word) != _PLACES or not all(letter in _VALUES for letter in word):
        return row.whole(index, "hash")
    return number(word)


def number(word: str) -> int:
    """Return the hash that these letters write."""
    value = 0
    for letter in word:
        value = value * len(_DIGITS) + _VALUES[letter]
    return value


def letters(repository_hash: int) -> str:
    """Return a hash as the script writes it."""
    word = ""
    for _ in range(_PLACES):
        repository_hash, digit = divmod(repository_hash, len(_DIGITS))
        word = _DIGITS[digit] + word
    return word


def repository_of(image: str) -> str:
    """Return the repository of an image: without registry host, tag and digest.

    The first part is a registry host if it holds a ``.`` or a ``:`` or is ``localhost`` and another part follows:
    ``docker.io/weaveworks/scope:1.13.2`` and ``weaveworks/scope`` are both ``weaveworks/scope``. Nothing else is
    changed: containerd names an official image in full, ``docker.io/library/nginx``, which is ``library/nginx``.
    """
    name = image.partition("@")[0]
    host, slash, rest = name.partition("/")
    path = rest if slash and ("." in host or ":" in host or host == "localhost") else name
    folder, slash, last = path.rpartition("/")
    return folder + slash + last.partition(":")[0]


def hashes_of(repository: str) -> frozenset[int]:
    """Return every hash that a node may list for a repository."""
    return frozenset({repository_hash(repository)})


def repository_hash(repository: str) -> int:
    """Return the hash of a repository: h = (h * 31 + code) mod 2147483647 over its characters, from 0.

    The modulus keeps every step below 2**53, so that an awk of doubles counts alike.
    """
    value = 0
    for character in repository:
        value = (value * _MULTIPLIER + ord(character)) % _MODULUS
    return value
