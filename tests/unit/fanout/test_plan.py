"""The list of targets that people write, and the items that are made of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.errors import SettingError
from fleetscan.fanout.plan import MOST_BYTES, MOST_ITEMS, items, planned, target_of, targets, written
from fleetscan.model.target import Target

STATE_BYTES = 262_144
"""Input and output of a state of Step Functions."""


def place(account: str = "111122223333", region: str = "eu-west-1", shard: int = 0, shards: int = 1) -> Target:
    """Return a target."""
    return Target(account=account, region=region, shard=shard, shards=shards)


def listed(*entries: object) -> bytes:
    """Return a list as its file has it."""
    return json.dumps({"targets": list(entries)}).encode()


class TestTargets:
    """The list."""

    def test_each_region_of_each_account_is_a_target(self) -> None:
        """In the order in which they are written."""
        expected = (place(), place(region="us-gov-east-1"), place("444455556666"))
        text = listed(
            {"account": "111122223333", "regions": ["eu-west-1", "us-gov-east-1"]},
            {"account": "444455556666", "regions": ["eu-west-1"]},
        )

        assert expected == targets(text)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (None, "There is no targets.json in the bucket"),
            (b"{", "targets.json is not valid JSON"),
            (b"[" * 100_000, "targets.json is not valid JSON"),
            (b"[]", 'has no list "targets"'),
            (b'{"targets": []}', 'has no list "targets"'),
            (listed("111122223333"), 'an entry has "account" and a list "regions"'),
            (listed({"account": "111122223333"}), 'an entry has "account" and a list "regions"'),
            (listed({"account": "111122223333", "regions": "eu-west-1"}), "an entry has"),
            (listed({"account": "111122223333", "regions": ["eu-west-1"], "shards": 3}), "an entry has"),
            (listed({"account": 111122223333, "regions": ["eu-west-1"]}), "is not a valid account"),
            (listed({"account": "11112222333", "regions": ["eu-west-1"]}), "is not a valid account"),
            (listed({"account": "111122223333", "regions": ["eu-west-1/../x"]}), "is not a valid Region"),
            (listed({"account": "111122223333", "regions": ["eu-west-1\n"]}), "is not a valid Region"),
            (listed({"account": "111122223333", "regions": ["eu-west-1", "eu-west-1"]}), "twice"),
            (b" " * (MOST_BYTES + 1), "more than 1,000,000 bytes"),
        ],
    )
    def test_what_is_wrong_in_it_is_an_error_and_not_left_out(self, text: bytes | None, words: str) -> None:
        """An account that is misspelt would else look as if it were well."""
        with pytest.raises(SettingError, match=words):
            targets(text)

    @given(st.binary(max_size=200) | st.recursive(st.text() | st.integers() | st.none(), st.lists).map(listed))
    def test_whatever_it_is_it_is_a_list_or_a_setting_error(self, text: bytes) -> None:
        """Nothing else is raised."""
        try:
            found = targets(text)
        except SettingError:
            return
        assert all(len(one.account) == 12 for one in found)


class TestItems:
    """The items of the map."""

    def test_a_large_region_is_cut_into_shards(self) -> None:
        """As many as are needed for so many nodes each; one that could not be counted is one item all the same."""
        small, large, unknown = place(), place(region="us-east-1"), place("444455556666")
        planned = items({small: 5_000, large: 10_001, unknown: 0}, shard_nodes=5_000, credit_nodes=50)
        expected = [
            place(),
            *(place(region="us-east-1", shard=shard, shards=3) for shard in range(3)),
            place("444455556666"),
        ]

        assert expected == [item.target for item in planned]

    def test_the_paid_readings_of_credits_are_shared_out(self) -> None:
        """Rounded up, so that a small share is not none; none stays none."""
        some = {place(): 9, place(region="us-east-1"): 9, place(region="us-west-2"): 9}

        assert {item.credit_nodes for item in items(some, shard_nodes=10, credit_nodes=50)} == {17}
        assert {item.credit_nodes for item in items(some, shard_nodes=10, credit_nodes=0)} == {0}

    def test_the_most_items_fit_between_two_states(self) -> None:
        """With the longest names there are."""
        longest = place("9" * 12, "us-isob-northeast-1")
        most = items({longest: MOST_ITEMS}, shard_nodes=1, credit_nodes=1_000_000)
        document = {"is_ours": True, "items": [item.document() for item in most], "concurrency": 1_000}

        assert len(most) == MOST_ITEMS
        assert len(json.dumps(document)) < STATE_BYTES

    def test_more_than_a_run_can_hold_is_an_error(self) -> None:
        """It says how many there are."""
        with pytest.raises(SettingError, match="1,001 targets and shards are too many for a run; the limit is 1,000"):
            items({place(): MOST_ITEMS + 1}, shard_nodes=1, credit_nodes=0)

    def test_a_plan_is_read_as_it_was_written(self) -> None:
        """The conclusion knows every target that there should be, and a retry what was planned before it."""
        expected = items({place(): 3, place("444455556666"): 1}, shard_nodes=2, credit_nodes=50)

        assert expected == planned(written(expected))

    def test_a_run_without_a_plan_is_an_error(self) -> None:
        """A conclusion over nothing must not look like one."""
        with pytest.raises(ValueError, match="The plan of this run is missing"):
            planned(None)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (None, "has no target"),
        ({}, "is not a valid account"),
        ({"account": "111122223333"}, "is not a valid Region"),
        ({"account": "111122223333", "region": "eu-west-1", "shard": 3, "shards": 3}, "is not a shard"),
        ({"account": "111122223333", "region": "eu-west-1", "shard": "0"}, "is not a shard"),
    ],
)
def test_an_event_that_names_no_target_is_an_error(document: object, words: str) -> None:
    """An event can be sent by hand."""
    with pytest.raises(ValueError, match=words):
        target_of(document)
