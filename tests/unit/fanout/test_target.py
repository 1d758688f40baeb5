"""Targets, shards, full names, and what a target that was not seen would have held."""

from __future__ import annotations

from collections import Counter

import pytest

from fleetscan.model.target import Target, Unseen, shard_of

HOME = Target(account="111122223333", region="eu-west-1")
OTHER = Target(account="444455556666", region="us-east-1")


@pytest.mark.parametrize(
    ("instance_id", "expected"),
    [("i-0a41c7e29d5f3b618", 4), ("i-0d93b05af1c6e7421", 5), ("i-07e8f2b6c3a915d04", 6), ("", 6)],
)
def test_a_shard_is_the_same_in_every_process_and_release(instance_id: str, expected: int) -> None:
    """A node that changed its shard with a release would be missed, or scanned twice, while both run."""
    assert expected == shard_of(instance_id, 10)


def test_ids_in_a_row_spread_evenly() -> None:
    """Of 10,000 nodes in ten shards none has a tenth more than its share."""
    sizes = Counter(shard_of(f"i-{number:017x}", 10) for number in range(10_000))

    assert set(sizes) == set(range(10))
    assert max(sizes.values()) < 1_100


def test_each_node_is_in_one_shard() -> None:
    """None is in two and none in none."""
    shards = [Target(account=HOME.account, region=HOME.region, shard=one, shards=7) for one in range(7)]

    assert {sum(one.holds(f"i-{number:017x}") for one in shards) for number in range(500)} == {1}


def test_a_target_has_a_name_for_programs_and_one_for_people() -> None:
    """The key is the name of its file; the words stand in the report."""
    shard = Target(account="111122223333", region="eu-west-1", shard=1, shards=3)

    assert shard.key == "111122223333/eu-west-1/1-of-3"
    assert shard.text == "account 111122223333, eu-west-1 (shard 2 of 3)"
    assert OTHER.text == "account 444455556666, us-east-1"


def test_clusters_at_home_keep_their_names_and_others_get_full_ones() -> None:
    """The same name in two accounts is two clusters; shards of one Region have the same."""
    shard = Target(account=HOME.account, region=HOME.region, shard=2, shards=3)

    assert shard.full_name("live", HOME) == "live"
    assert OTHER.full_name("live", HOME) == "444455556666/us-east-1/live"
    assert HOME.full_name("live", None) == "111122223333/eu-west-1/live"


@pytest.mark.parametrize(
    ("unseen", "cluster", "expected"),
    [
        (Unseen(target=OTHER, reason="r"), "444455556666/us-east-1/live", True),
        (Unseen(target=OTHER, reason="r"), "444455556666/us-east-12/live", False),
        (Unseen(target=OTHER, reason="r"), "live", False),
        (Unseen(target=HOME, reason="r", is_home=True), "live", True),
        (Unseen(target=HOME, reason="r", is_home=True), "444455556666/us-east-1/live", False),
    ],
)
def test_what_is_unseen_hides_the_nodes_of_its_own_clusters(unseen: Unseen, cluster: str, *, expected: bool) -> None:
    """An account whose number begins alike is another one."""
    assert expected is unseen.hides("i-0123", cluster)


def test_an_unseen_shard_hides_the_nodes_of_that_shard_alone() -> None:
    """The other shards have answered: what is not in them is gone."""
    there = shard_of("i-0123", 3)
    shards = [Target(account=OTHER.account, region=OTHER.region, shard=one, shards=3) for one in range(3)]
    hidden = [Unseen(target=one, reason="r").hides("i-0123", "444455556666/us-east-1/live") for one in shards]

    assert hidden == [one == there for one in range(3)]
