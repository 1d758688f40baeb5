"""The section ``images``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.capture.procfs import images
from fleetscan.capture.procfs.images import Images, hashes_of, letters, narrow_hash, repository_hash, repository_of
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Images(
        repository_hashes=frozenset(
            repository_hash(repository) for repository in ("weaveworks/scope", "eks/kube-proxy", "amazon-k8s-cni")
        )
    )

    assert expected == images.parse(documented(images))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("2147483647", "images, line 1: hash is not below 2147483647: 2147483647", id="beyond the modulus"),
        pytest.param("1 " * 501, "images, line 1: more than 500 hashes", id="too many"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        images.parse(text)

    assert error == str(raised.value)


def test_the_largest_hash_and_500_of_them_are_understood() -> None:
    """The limits themselves are allowed, and two repositories may share a hash."""
    expected = Images(repository_hashes=frozenset({2147483646}))

    assert expected == images.parse("2147483646 " * 500)


@given(st.text(max_size=40))
def test_letters_are_the_number_in_another_form(name: str) -> None:
    """As the script writes it, and in decimal as version 1 wrote its own."""
    wide, narrow = repository_hash(name), narrow_hash(name)

    assert images.parse(f"{letters(wide)} {letters(narrow)}") == Images(repository_hashes=frozenset({wide, narrow}))
    assert (len(letters(wide)), letters(narrow)) == (10, str(narrow))


def test_no_number_means_that_no_container_was_seen() -> None:
    """An empty set is a value: the node looked."""
    expected = Images(repository_hashes=frozenset())

    assert expected == images.parse("")


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("docker.io/weaveworks/scope:1.13.2", "weaveworks/scope"),
        ("weaveworks/scope:1.13.2", "weaveworks/scope"),
        ("weaveworks/scope", "weaveworks/scope"),
        ("602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy:v1.31.0-minimal", "eks/kube-proxy"),
        ("602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni@sha256:0a1b", "amazon-k8s-cni"),
        ("localhost:5000/scope:5", "scope"),
        ("localhost/scope", "scope"),
        ("registry:5000/a/b/c", "a/b/c"),
        ("docker.io/library/nginx:1.27@sha256:0a1b", "library/nginx"),
        ("nginx:1.27", "nginx"),
        ("my.image", "my.image"),
        ("", ""),
        ("@", ""),
        ("/:/", "/:/"),
    ],
)
def test_the_repository_of_an_image_has_no_registry_and_no_tag(image: str, expected: str) -> None:
    """The same software from a mirror or of another version is the same repository."""
    assert expected == repository_of(image)


@pytest.mark.parametrize(
    ("repository", "expected"), [("", 0), ("a", 97), ("ab", 97 * 31 + 98), ("weaveworks/scope", 86157680)]
)
def test_the_hash_of_version_1_is_the_one_of_its_format(repository: str, expected: int) -> None:
    """Worked out by hand from docs/capture-format.md: recordings hold these numbers."""
    assert expected == narrow_hash(repository)


def test_the_hash_is_the_one_of_the_format() -> None:
    """As mawk, gawk and busybox awk count it from docs/capture-format.md: scripts in the field depend on it."""
    assert letters(repository_hash("weaveworks/scope")) == "RTpcylzjRq"


def test_a_collision_of_the_narrow_hash_is_none_of_the_wide_one() -> None:
    """In a sum of powers of 31 two more of a letter and 62 fewer of the next are nothing: found by hand."""
    chosen, made = "acme/serv", "acme/set8"

    assert narrow_hash(chosen) == narrow_hash(made)
    assert letters(repository_hash(chosen)) != letters(repository_hash(made))
    assert len(hashes_of(chosen) & hashes_of(made)) == 1


def test_names_that_differ_in_a_character_share_nothing() -> None:
    """Ten thousand of them, and as many hashes."""
    names = [f"acme/app-{number}" for number in range(10_000)]

    assert len({repository_hash(name) for name in names}) == len(names)
