"""The image repositories of the running containers as hashes, as their names would not fit into the summary.

One line of ten letters each, here of weaveworks/scope, eks/kube-proxy and amazon-k8s-cni::

    RTpcylzjRq yKzRLRSyXq ZSXhrjuWTt

A hash is a number, and the letters are its digits to the base of 52, A to Z and a to z, the first with the highest
place. Version 1 wrote another hash, of 31 bits and in decimal, which is understood as what it is: seconds are enough
to find a name that shares it with a given one. No hash names an image by itself, however wide (docs/adr/0005).
The script takes the images from the containerd bundles; names themselves travel in the section ``containers``.
Absent where no bundle could be read. The hash is this project's own and is defined in docs/capture-format.md.
"""

from __future__ import annotations

import string

from fleetscan.capture import rows
from fleetscan.errors import ParseError
from fleetscan.immutable import immutable

_SOURCE = "images"
_NARROW_MODULUS = 2**31 - 1
_NARROW_MULTIPLIER = 31
_MODULUS = 2**26 - 5
"""A prime, and small enough that an awk of doubles squares without rounding."""
_MAX_HASHES = 500
_DIGITS = string.ascii_uppercase + string.ascii_lowercase
_PLACES = 10
_WIDE: int = len(_DIGITS) ** _PLACES
"""Added to the number of a wide hash: no narrow one is the same number."""
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
        hashes.update(values)
    return Images(repository_hashes=frozenset(hashes))


def _hash(row: rows.Row, index: int) -> int:
    word = row.words[index]
    if len(word) == _PLACES and all(letter in _VALUES for letter in word):
        return number(word)
    narrow = row.whole(index, "hash")
    if narrow >= _NARROW_MODULUS:
        raise row.error(f"hash is not below {_NARROW_MODULUS}: {narrow}")
    return narrow


def number(word: str) -> int:
    """Return the hash that these letters write."""
    value = 0
    for letter in word:
        value = value * len(_DIGITS) + _VALUES[letter]
    return _WIDE + value


def letters(hashed: int) -> str:
    """Return a hash as the script writes it: a narrow one in decimal, as version 1 did."""
    if hashed < _WIDE:
        return str(hashed)
    word, left = "", hashed - _WIDE
    for _ in range(_PLACES):
        left, digit = divmod(left, len(_DIGITS))
        word = _DIGITS[digit] + word
    return word


def is_wide(hashed: int) -> bool:
    """Whether it is not a narrow hash of version 1."""
    return hashed >= _WIDE


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
    return frozenset({repository_hash(repository), narrow_hash(repository)})


def repository_hash(repository: str) -> int:
    """Return the hash of a repository as docs/capture-format.md defines it.

    Four numbers of 26 bits take in one character after the other, and ten rounds later give a letter a round. Each step
    squares, so that no sum of characters can be solved for, and the state is larger than the hash, so that it cannot
    be met in the middle. It is no cryptographic hash: an awk has none.
    """
    a, b, c, d = 1, 2, 3, 4
    value = 0
    for at in range(1, len(repository) + 2 * _PLACES + 1):
        code = ord(repository[at - 1]) if at <= len(repository) else 0
        e = (a * a + b + code) % _MODULUS
        a, b, c, d = (b * b + c + at) % _MODULUS, (c * c + d) % _MODULUS, (d * d + e) % _MODULUS, e
        if at > len(repository) + _PLACES:
            value = value * len(_DIGITS) + a % len(_DIGITS)
    return _WIDE + value


def narrow_hash(repository: str) -> int:
    """Return the hash of version 1: h = (h * 31 + code) mod 2147483647 over its characters, from 0."""
    value = 0
    for character in repository:
        value = (value * _NARROW_MULTIPLIER + ord(character)) % _NARROW_MODULUS
    return value
