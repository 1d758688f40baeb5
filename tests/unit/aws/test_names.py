"""Foreign text made fit to be a name."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from fleetscan.aws import names


def test_ordinary_names_stay_as_they_are() -> None:
    """Clusters, zones, DNS names and instance types need no cleaning."""
    expected = "ip-10-0-1-7.eu-west-1.compute.internal"

    assert expected == names.name("ip-10-0-1-7.eu-west-1.compute.internal")


@given(st.text())
def test_a_name_is_bounded_and_cannot_forge_a_line_or_markup(text: str) -> None:
    """Whatever a tag holds."""
    cleaned = names.name(text)

    assert re.fullmatch(r"[A-Za-z0-9._:/@%+=,-]{0,100}", cleaned)
    assert min(len(text), 100) == len(cleaned)


@given(st.text())
def test_printable_text_is_ascii_and_bounded(text: str) -> None:
    """What a service says in an error is shown in reports."""
    shown = names.printable(text, 20)

    assert shown.isascii()
    assert shown == "" or shown.isprintable()
    assert min(len(text), 20) == len(shown)
