"""The settings of a scan of many targets."""

from __future__ import annotations

import pytest

from fleetscan.errors import SettingError
from fleetscan.settings.fanout import FanoutSettings, read

NEEDED = {"FANOUT_BUCKET": "fleetscan-runs", "FANOUT_EXTERNAL_ID": "a-word-that-nobody-guesses"}


def test_bucket_and_external_id_are_needed_and_the_rest_has_defaults() -> None:
    """An empty value is the default, and what is not ours is not looked at."""
    expected = FanoutSettings(bucket="fleetscan-runs", external_id="a-word-that-nobody-guesses")

    assert expected == read({**NEEDED, "FANOUT_SHARD_NODES": "", "FLEETSCAN_CLUSTERS": "live"})


def test_each_setting_can_be_set() -> None:
    """All of them."""
    expected = FanoutSettings(
        bucket="fleetscan-runs",
        external_id="a-word-that-nobody-guesses",
        role_name="other",
        shard_nodes=100,
        concurrency=7,
        tolerated_percent=25,
    )
    given = {
        "FANOUT_ROLE_NAME": "other",
        "FANOUT_SHARD_NODES": "100",
        "FANOUT_CONCURRENCY": "7",
        "FANOUT_TOLERATED_PERCENT": "25",
    }

    assert expected == read({**NEEDED, **given})


@pytest.mark.parametrize("name", NEEDED)
def test_without_one_that_is_needed_nothing_starts(name: str) -> None:
    """The error names it."""
    with pytest.raises(SettingError, match=f"{name} is not set"):
        read({one: value for one, value in NEEDED.items() if one != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FANOUT_BUCKET", "Not A Bucket"),
        ("FANOUT_ROLE_NAME", "a/b"),
        ("FANOUT_SHARD_NODES", "0"),
        ("FANOUT_CONCURRENCY", "many"),
        ("FANOUT_TOLERATED_PERCENT", "101"),
        ("FANOUT_TYPO", "1"),
    ],
)
def test_a_wrong_name_or_value_is_an_error_that_names_it(name: str, value: str) -> None:
    """A setting that is silently ignored scans something else."""
    with pytest.raises(SettingError, match=name):
        read({**NEEDED, name: value})


def test_an_external_id_that_does_not_fit_is_not_repeated() -> None:
    """An error goes into a log, and the id is nobody else's business."""
    with pytest.raises(SettingError) as raised:
        read({**NEEDED, "FANOUT_EXTERNAL_ID": "short-word"})

    assert "short-word" not in str(raised.value)
