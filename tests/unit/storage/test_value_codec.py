"""Deaths and events as they lie in the table."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.errors import StoredDataError
from fleetscan.model import Readings
from fleetscan.model.conclusion import RootCause
from fleetscan.model.death import Death, Measured, Noted, Silence
from fleetscan.model.finding import Cause, Severity
from fleetscan.model.kubernetes import ClusterEvent, Ending, PodEnd
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
    held_bytes=7,
    events=(pod_event("Evicted", ago(minutes=3)),),
)

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
FINITE = st.floats(-(2.0**64), 2.0**64)


def test_a_death_comes_back_as_it_was() -> None:
    """With its times, zones and enumerations; what is as by default takes no room."""
    text = value_codec.write(DEATH)

    assert value_codec.read(text, Death) == DEATH
    assert "not_oom_killed" not in text


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
    with pytest.raises(StoredDataError, match="is damaged"):
        value_codec.read(text, Death)


@given(st.text())
def test_any_text_is_a_value_or_an_error(text: str) -> None:
    """Nothing else."""
    with suppress(StoredDataError):
        value_codec.read(text, ClusterEvent)


@given(st.text(max_size=40), st.integers(0, 10**9))
def test_any_event_survives(text: str, count: int) -> None:
    """Foreign names among them."""
    event = replace(pod_event("Evicted", NOW), name=text, message=text, count=count)

    assert value_codec.read(value_codec.write(event), ClusterEvent) == event


@pytest.mark.parametrize(
    "damaged", [replace(DEATH, died_at=NOW.replace(tzinfo=None)), replace(DEATH, now=Readings(load1=1e300))]
)
def test_what_cannot_be_reckoned_with_is_damage(damaged: Death) -> None:
    """Sorted among the others it would cost them all."""
    with pytest.raises(StoredDataError, match="it has an invalid time or number"):
        value_codec.read(value_codec.write(damaged), Death)


@pytest.mark.parametrize("number", ["Infinity", "NaN", "1e999", "9" * 5_000, "true", '"1"', "[]"])
def test_what_is_no_number_is_damage(number: str) -> None:
    """Whoever wrote it."""
    with pytest.raises(StoredDataError, match=r"^is damaged"):
        value_codec.read(value_codec.write(DEATH).replace('"held_bytes":7', f'"held_bytes":{number}'), Death)


def test_a_number_that_is_none_is_written_as_not_measured() -> None:
    """Not measured is not zero, and costs no other value of the death."""
    infinite = replace(DEATH, now=replace(STARVING, load1=float("inf")))

    assert value_codec.read(value_codec.write(infinite), Death) == replace(DEATH, now=replace(STARVING, load1=None))


def test_damage_is_reported_in_words_that_are_fit_to_be_shown() -> None:
    """A word of it comes from the text, and control characters must not reach a terminal."""
    hostile = json.loads(value_codec.write(DEATH))
    hostile["end"]["ending"] = "\x1b]0;gone\x07" * 99

    with pytest.raises(StoredDataError) as caught:
        value_codec.read(json.dumps(hostile), Death)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 250


@given(
    st.builds(
        Death,
        end=st.builds(PodEnd, at=st.none() | MOMENTS),
        found_at=MOMENTS,
        died_at=MOMENTS,
        silence=st.none() | st.builds(Silence, begun_at=MOMENTS, ended_at=st.none() | MOMENTS),
        measured=st.none(),
        now=st.builds(Readings, load1=st.none() | FINITE, memory_total_bytes=st.none() | st.integers(0, 2**64)),
        findings=st.lists(st.builds(Noted), max_size=2).map(tuple),
        culprit=st.none()
        | st.builds(RootCause, share=st.none() | FINITE, held_bytes=st.none() | st.integers(0, 2**64)),
        held_bytes=st.none() | st.integers(-1, 2**64),
        events=st.lists(
            st.builds(ClusterEvent, at=MOMENTS, count=st.integers(0, 9), first_at=st.none()), max_size=2
        ).map(tuple),
    )
)
def test_any_death_survives(death: Death) -> None:
    """As short as it can be, and whole: with each of its enumerations, and each field as by default and not."""
    assert value_codec.read(value_codec.write(death), Death) == death
    assert value_codec.read(value_codec.encode(death), Death) == death
