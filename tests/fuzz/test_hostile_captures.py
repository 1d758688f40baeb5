"""Whatever a node sends: it is examined without an exception, shown in every output, and no other node is affected."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import batched
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetscan.capture.parse import MAX_CHARACTERS
from fleetscan.capture.procfs import SOURCES
from fleetscan.model import CreditMode
from fleetscan.storage import report_codec
from tests.fuzz import cases, inputs, material, mutation, path
from tests.fuzz.path import Untrusted

INSTANCE_ID = "i-00000000000000001"
SECTIONS = [source.section for source in SOURCES]
RANDOMS = st.randoms(use_true_random=False)


def bounded(examples: int) -> settings:
    """Return the same examples in every run; long searches are for tests/fuzz/fuzz_report.py."""
    return settings(derandomize=True, database=None, deadline=None, max_examples=examples)


def untrusted(text: str, *, beside: bool = False) -> Untrusted:
    """Return a node that sends this; ``beside`` it are a leaking past and CPU credits, so that all rules have a say."""
    capture = path.answered(INSTANCE_ID, text)
    if not beside:
        return Untrusted(captures=(capture,))
    return Untrusted(captures=(capture,), rings={INSTANCE_ID: path.leaking_ring()}, mode=CreditMode.UNLIMITED)


@pytest.mark.parametrize("numbered", list(enumerate(batched(sorted(cases.captures()), 100, strict=False))))
def test_each_case_by_hand_is_survived_by_rules_and_outputs(numbered: tuple[int, tuple[str, ...]]) -> None:
    """A hundred of them at a time are a fleet; the case that breaks something is named by its own examination."""
    number, names = numbered
    all_untrusted = [
        replace(untrusted(cases.captures()[name]), captures=(path.answered(f"i-{at:017x}", cases.captures()[name]),))
        for at, name in enumerate(names, start=number * 1_000)
    ]
    known = {key: value for each in all_untrusted for key, value in path.examined(each).items()}

    shown = path.checked_outputs(path.scanned(all_untrusted, known))

    assert len(names) + len(path.CONTROL_NODES) == len(json.loads(shown["JSON"])["nodes"])


@bounded(100)
@given(st.sampled_from(sorted(material.captures())), RANDOMS, st.booleans())
def test_a_real_capture_changed_by_a_liar_is_examined(name: str, random: Random, beside: bool) -> None:  # noqa: FBT001
    """Numbers, names, lines and sections replaced, repeated, moved, left out, and anything cut off in the middle."""
    found = path.examined(untrusted(mutation.mutated(material.captures()[name], random), beside=beside))

    assert list(found) == [INSTANCE_ID]


@bounded(15)
@given(st.sampled_from(sorted(material.captures())), RANDOMS)
def test_a_real_capture_changed_by_a_liar_is_shown(name: str, random: Random) -> None:
    """The same all the way to every output, and through the archive without a loss."""
    text = material.captures()[name]
    for _ in range(5):
        text = mutation.mutated(text, random)

    report = path.scanned([untrusted(text, beside=True)])

    assert path.checked_outputs(report)
    assert report == report_codec.unpack(report_codec.pack(report))


@pytest.mark.parametrize("section", SECTIONS)
@bounded(15)
@given(RANDOMS)
def test_each_section_is_changed_in_a_capture_that_is_whole_otherwise(section: str, random: Random) -> None:
    """So that the rest of the node is evaluated together with what is wrong in one place."""
    body = mutation.body(random.choice(material.sections()[section]), random)

    found = path.examined(untrusted(material.whole(**{section: body}), beside=True))

    assert list(found) == [INSTANCE_ID]


@bounded(100)
@given(st.binary(max_size=2_000), st.sampled_from(sorted(material.captures())), RANDOMS)
def test_raw_bytes_alone_and_in_the_middle_of_a_capture(raw: bytes, name: str, random: Random) -> None:
    """Bytes that are no UTF-8 come as halves of characters."""
    text = material.captures()[name]
    at = random.randint(0, len(text))

    path.examined(untrusted(inputs.as_text(raw)))
    path.examined(untrusted(text[:at] + inputs.as_text(raw) + text[at:]))


@bounded(50)
@given(st.text(max_size=500), st.sampled_from(SECTIONS))
def test_any_text_as_the_body_of_a_section(text: str, section: str) -> None:
    """Not only what looks like it."""
    path.examined(untrusted(material.whole(**{section: text})))


@pytest.mark.parametrize("length", [MAX_CHARACTERS - 1, MAX_CHARACTERS, MAX_CHARACTERS + 1, 10 * MAX_CHARACTERS])
def test_what_is_longer_than_ssm_can_bring_is_not_read(length: int) -> None:
    """Up to the limit it is looked at, beyond it only its length."""
    text = (material.captures()["incident-00"] + "x" * length)[:length]

    problems = path.examined(untrusted(text))[INSTANCE_ID].coverage.problems

    assert (length > MAX_CHARACTERS) == any("more than the 24000 that SSM can return" in one for one in problems)


def test_the_seeds_know_every_section() -> None:
    """A parser that is added is fuzzed from its first day, by the lines of its docstring at least."""
    assert set(SECTIONS) == set(material.sections())
