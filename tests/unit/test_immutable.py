"""Values that nobody changes: by the type checker's law, at no cost when they are made."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from fleetscan.immutable import immutable


@immutable
class Place:
    """A value with a default."""

    name: str
    size_bytes: int = 0


@immutable(kw_only=False, order=True)
class Version:
    """A value that is given by position and can be sorted."""

    major: int
    minor: int


def test_a_value_is_equal_and_hashed_by_its_fields() -> None:
    """So that sets and dictionaries know it again."""
    expected = {Place(name="slab", size_bytes=5), Place(name="free")}

    assert expected == {Place(name="free", size_bytes=0), replace(Place(name="slab"), size_bytes=5)}


def test_a_value_has_slots_and_nothing_else() -> None:
    """A mistyped name is an error, and a million of them are small."""
    place = Place(name="slab")

    assert [field.name for field in fields(place)] == ["name", "size_bytes"]
    with pytest.raises(AttributeError):
        place.colour = "red"  # type: ignore[attr-defined]


def test_fields_are_given_by_keyword_unless_the_class_says_otherwise() -> None:
    """Two sizes in a row are soon swapped."""
    with pytest.raises(TypeError):
        Place("slab")  # type: ignore[call-arg]

    assert [Version(1, 9), Version(1, 10)] == sorted([Version(1, 10), Version(1, 9)])


def test_the_type_checker_refuses_to_change_one() -> None:
    """The comment is the test: on the day mypy lets this pass, it reports that comment as unused."""
    place = Place(name="slab")

    place.name = "free"  # type: ignore[misc]

    assert place.name == "free"
