"""The settings of the Slack function."""

from __future__ import annotations

from dataclasses import fields

import pytest

from fleetscan.errors import SettingError
from fleetscan.settings import slack as settings
from fleetscan.settings.slack import SlackSettings


def test_each_field_has_a_variable() -> None:
    """Of its own name, in capitals."""
    values = {
        "FLEETSCAN_SLACK_SECRET_ARN": "arn:aws:ssm:eu-west-1:123456789012:parameter/slack",
        "FLEETSCAN_SLACK_CHANNEL": "C0123456789",
        "FLEETSCAN_SLACK_API_URL": "https://slack-gov.com/api/",
        "FLEETSCAN_TABLE_NAME": "fleetscan-Table",
        "FLEETSCAN_BUCKET_NAME": "fleetscan-reports",
    }
    expected = SlackSettings(**{name.removeprefix("FLEETSCAN_").lower(): value for name, value in values.items()})

    assert expected == settings.read(values | {"PATH": "/bin"})
    assert {f"FLEETSCAN_{field.name.upper()}" for field in fields(SlackSettings)} == set(values)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FLEETSCAN_SLACK_SECRET_ARN", "xoxb-a-token-and-no-arn"),
        ("FLEETSCAN_SLACK_CHANNEL", "two words"),
        ("FLEETSCAN_SLACK_API_URL", "https://evil.example/api/"),
        ("FLEETSCAN_SLACK_API_URL", "https://slack.com.evil.example/api/"),
        ("FLEETSCAN_BUCKET_NAME", "A"),
        ("FLEETSCAN_CLUSTERS", "live"),
    ],
)
def test_a_wrong_name_or_value_is_an_error(name: str, value: str) -> None:
    """A setting of the scan is none of this function."""
    with pytest.raises(SettingError, match=name):
        settings.read({name: value})


@pytest.mark.parametrize("channel", ["C0123456789", "G0123456", "alerts", "#team-alerts", "\u00e9quipe"])
def test_a_channel_has_an_id_or_a_name(channel: str) -> None:
    """As people write it."""
    assert settings.read({"FLEETSCAN_SLACK_CHANNEL": channel}).slack_channel == channel
