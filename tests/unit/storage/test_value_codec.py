"""Deaths and events as they lie in the table."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.errors import ParseError
from fleetscan.model import Readings
from fleetscan.model.death import Death, Measured, Noted, Silence
from fleetscan.model.finding import Cause, Severity
from fleetscan.model.kubernetes import ClusterEvent, Ending
from fleetscan.storage import value_codec
from tests.fixtures.clusters import NOW, ago, end, pod_event
from tests.fixtures.dead_pods import AGENT, STARVING

DEATH = Death(
    cluster="live",
    end=end(Ending.NODE_LOST, ago(minutes=4), uid="u1", message="gone\n\x1b[31m"),
    found_at=NOW,
    died_at=ago(minutes=4),
    mark="1-u1",
    silence=Silence(begun_at=ago(minutes=9)),
    measured=Measured(at=ago(minutes=9), readings=Readings(memory_total_bytes=1)),
    now=STARVING,
    findings=(Noted(rule="r", severity=Severity.CRITICAL, cause=Cause.SOCKET_QUEUE, text="t"),),
    culprit=AGENT,
    events=(pod_event("Evicted", ago(minutes=3)),),
)


def test_a_death_comes_back_as_it_was() -> None:
    """With its times, zones and enumerations; what is as by default takes no room."""
    text = value_codec.write(DEATH)

    assert value_codec.read(text, Death) == DEATH
    assert "not_oom_killed" not in text
    assert text.isascii()


def test_an_event_comes_back_as_it_was() -> None:
    """The same."""
    event = pod_event("Evicted", ago(minutes=3))

    assert value_codec.read(value_codec.write(event), ClusterEvent) == event


def test_what_a_newer_version_added_is_ignored() -> None:
    """Two versions share a table while a stack is updated."""
    newer = json.loads(value_codec.write(DEATH)) | {"mood": "bad"}

    assert value_codec.read(json.dumps(newer), Death) == DEATH


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"cluster": 1}', value_codec.write(DEATH)[:-9], "[" * 100_000]
)
def test_a_damaged_text_is_an_error(text: str) -> None:
    """Whatever was done to it."""
    with pytest.raises(ParseError, match="is damaged"):
        value_codec.read(text, Death)


@given(st.text())
def test_any_text_is_a_value_or_an_error(text: str) -> None:
    """Nothing else."""
    with suppress(ParseError):
        value_codec.read(text, ClusterEvent)


@given(st.text(max_size=40), st.integers(0, 10**9))
def test_any_event_survives(text: str, count: int) -> None:
    """Foreign names among them."""
    event = replace(pod_event("Evicted", NOW), name=text, message=text, count=count)

    assert value_codec.read(value_codec.write(event), ClusterEvent) == event


@pytest.mark.parametrize(
    "damaged", [replace(DEATH, died_at=NOW.replace(tzinfo=None)), replace(DEATH, now=Readings(load1=float("inf")))]
)
def test_what_can_not_be_reckoned_with_is_damage(damaged: Death) -> None:
    """Sorted among the others it would cost them all."""
    with pytest.raises(ParseError, match="damaged"):
        value_codec.read(value_codec.write(damaged), Death)
