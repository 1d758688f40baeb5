"""The mute list: what is understood, what is refused and why, and what it hides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.errors import MuteError
from fleetscan.incidents import mute
from fleetscan.model.episode import Fingerprint, Mute, Mutes
from fleetscan.model.finding import Cause
from tests.fixtures.lives import START

RULES = ("slab_unreclaimable_high", "swap_thrashing", "swap_nearly_full")
ENTRY: Mapping[str, object] = {
    "id": "k7f3",
    "rule": "swap_*",
    "cluster": "staging",
    "node_group": "batch-*",
    "until": "2026-03-01",
    "why": "the batch nodes swap by design",
}


def test_a_whole_entry_is_understood() -> None:
    """A day ends at its midnight in UTC."""
    expected = Mute(
        id="k7f3",
        rule="swap_*",
        cluster="staging",
        node_group="batch-*",
        until=datetime(2026, 3, 2, tzinfo=UTC),
        why="the batch nodes swap by design",
    )

    assert expected == mute.entry(ENTRY, START, RULES)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"until": None}, "until 'None' is no date"),
        ({"until": "tomorrow"}, "until 'tomorrow' is no date"),
        ({"until": "3d"}, "until '3d' is no date"),
        ({"until": "2026-03-01T10:00"}, "no time with its zone"),
        ({"until": "2026-02-30"}, "is no date"),
        ({"until": "9999-12-31"}, "is no date"),
        ({"until": "2028-01-01"}, "it lasts until 2028-01-02; the longest is 366 days"),
        ({"until": True}, "until 'True' is no date"),
        ({"why": "  "}, "it does not say why in 5 to 200 characters"),
        ({"why": "x" * 201}, "it does not say why"),
        ({"why": 7}, "it does not say why"),
        ({"rule": "swap_trashing"}, "no rule is called 'swap_trashing'"),
        ({"rule": "swap [x]"}, r"its rule 'swap \[x\]' is no name"),
        ({"cluster": {"N": "1"}}, "its cluster .* is no name"),
        ({"cluster": ""}, "its cluster '' is no name"),
        ({"rule": "*", "cluster": "*", "node_group": "*"}, "it would mute everything"),
        ({"id": "a b"}, "its id is not"),
        ({"id": 1}, "its id is not"),
        ({"clutser": "live"}, "'clutser' is no part of a mute; there are cluster, id, node_group, rule, until, why"),
    ],
)
def test_a_malformed_entry_is_refused_in_words(change: Mapping[str, object], complaint: str) -> None:
    """What is wrong, and what may stand there."""
    with pytest.raises(MuteError, match=complaint):
        mute.entry({**ENTRY, **change}, START, RULES)


def test_what_is_missing_is_said() -> None:
    """Until when and why are demanded; what is muted may be left out in part."""
    without = {name: value for name, value in ENTRY.items() if name != "until"}

    with pytest.raises(MuteError, match="it does not say until when"):
        mute.entry(without, START, RULES)
    found = mute.entry({name: ENTRY[name] for name in ("id", "rule", "until", "why")}, START, RULES)
    assert (found.cluster, found.node_group) == ("*", "*")


def test_a_list_is_parted_into_those_in_force_those_run_out_and_those_that_are_none() -> None:
    """A malformed entry mutes nothing and hides no other."""
    entries = ({**ENTRY, "id": "old", "until": "2026-01-14"}, ENTRY, {**ENTRY, "why": ""}, {"rule": "swap_*"})
    expected = Mutes(
        active=(mute.entry(ENTRY, START, RULES),),
        expired=(mute.entry(entries[0], START, RULES),),
        problems=(
            "Mute 'k7f3' mutes nothing: it does not say why in 5 to 200 characters.",
            "Mute 4 mutes nothing: its id is not 1 to 40 letters, digits, - and _.",
        ),
    )

    assert expected == mute.read(entries, START, RULES)


@given(
    st.dictionaries(
        st.sampled_from(["id", "rule", "cluster", "node_group", "until", "why", "other"]),
        st.one_of(st.text(max_size=12), st.integers(), st.none(), st.dates(), st.datetimes(), st.just("3d")),
    )
)
def test_any_entry_is_a_mute_or_a_problem(given_entry: dict[str, object]) -> None:
    """Nothing else comes out, and nothing is lost."""
    found = mute.read([given_entry], START, RULES)

    assert len(found.active) + len(found.expired) + len(found.problems) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3d", START + timedelta(days=3)),
        ("12h", START + timedelta(hours=12)),
        ("2w", START + timedelta(weeks=2)),
        ("2026-01-20", datetime(2026, 1, 21, tzinfo=UTC)),
        ("2026-01-20T18:00+02:00", datetime(2026, 1, 20, 16, tzinfo=UTC)),
        (date(2026, 1, 20), datetime(2026, 1, 21, tzinfo=UTC)),
        (datetime(2026, 1, 20, 9, tzinfo=timezone(timedelta(hours=1))), datetime(2026, 1, 20, 8, tzinfo=UTC)),
    ],
)
def test_an_end_may_be_a_span_a_day_or_a_time(text: object, expected: datetime) -> None:
    """A span only where it is written down as a time afterwards."""
    assert expected == mute.until(text, START, may_be_span=True)


@pytest.mark.parametrize("text", ["0d", "-1d", "3 d", "3y", "99999d", "", "d"])
def test_what_is_no_span_is_refused_with_what_is(text: str) -> None:
    """The complaint names spans too."""
    with pytest.raises(MuteError, match="or a span such as 12h, 3d or 2w"):
        mute.until(text, START, may_be_span=True)


def of(rule: str = "*", cluster: str = "*", node_group: str = "*") -> Mute:
    """Return a mute for a day."""
    return Mute(
        id="m", rule=rule, cluster=cluster, node_group=node_group, until=START + timedelta(days=1), why="a rehearsal"
    )


LEAK = Fingerprint("slab_unreclaimable_high", "live", Cause.SOCKET_QUEUE)


@pytest.mark.parametrize(
    ("mutes", "groups", "is_hidden"),
    [
        ([], ["a"], False),
        ([of(rule="slab_*")], ["a", "b"], True),
        ([of(cluster="live")], [""], True),
        ([of(cluster="liv?")], [], True),
        ([of(cluster="staging")], ["a"], False),
        ([of(rule="swap_*", cluster="live")], ["a"], False),
        ([of(cluster="live", node_group="a")], ["a"], True),
        ([of(cluster="live", node_group="a")], ["a", "b"], False),
        ([of(cluster="live", node_group="a"), of(node_group="b")], ["a", "b"], True),
        ([of(node_group="a")], [""], False),
    ],
)
def test_an_incident_is_hidden_where_all_its_node_groups_are_muted(
    mutes: list[Mute], groups: list[str], *, is_hidden: bool
) -> None:
    """One that reaches a node group more is reported."""
    expected = "muted until 2026-01-16 06:05 UTC: a rehearsal" if is_hidden else ""

    assert expected == mute.hidden_by(mutes, LEAK, groups)


def test_of_several_mutes_the_first_to_end_is_shown() -> None:
    """From then on it is reported: a node group is not muted any more."""
    longer = replace(of(node_group="a"), until=START + timedelta(days=9), why="a migration")
    shorter = of(node_group="b")
    expected = mute.hidden_by([shorter], LEAK, ["b"])

    assert {mute.hidden_by(mutes, LEAK, ["a", "b"]) for mutes in ([longer, shorter], [shorter, longer])} == {expected}
    assert mute.hidden_by([longer], LEAK, ["a"]) not in {"", expected}
