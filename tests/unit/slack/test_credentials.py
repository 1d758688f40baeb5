"""What opens a Slack channel."""

from __future__ import annotations

import pytest

from fleetscan.errors import SettingError
from fleetscan.slack.credentials import Credentials, read

NAME = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack"
BOT = "xoxb-1234567890-abcdefghij"
URL = "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        (BOT, Credentials(token=BOT)),
        (f" {BOT}\n", Credentials(token=BOT)),
        (f'{{"token": "{BOT}"}}', Credentials(token=BOT)),
        (f'"{BOT}"', Credentials(token=BOT)),
        (f"xoxe.{BOT}", Credentials(token=f"xoxe.{BOT}")),
        (URL, Credentials(hook_url=URL)),
        (f'{{"url": "{URL}"}}', Credentials(hook_url=URL)),
        (URL.replace("slack.com", "slack-gov.com"), Credentials(hook_url=URL.replace("slack.com", "slack-gov.com"))),
    ],
)
def test_a_token_and_a_webhook_are_distinguished(secret: str, expected: Credentials) -> None:
    """Alone, or as the only value of an object."""
    assert expected == read(secret, NAME)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "hunter2-is-my-password",
        "xoxp-a-user-token-000000",
        "https://evil.example/services/T00000000/B00000000/XXXX",
        "https://hooks.slack.com.evil.example/services/T00000000/B00000000/X",
        "http://hooks.slack.com/services/T00000000/B00000000/XXXXXXXX",
        f"{BOT}\r\nX-Header: 1",
        f'{{"token": "{BOT}", "url": "{URL}"}}',
        '{"token": 7}',
        "[" * 100_000,
    ],
)
def test_anything_else_is_an_error_that_names_the_secret_and_not_its_value(secret: str) -> None:
    """It may be the password of something else."""
    with pytest.raises(SettingError) as caught:
        read(secret, NAME)

    assert NAME in str(caught.value)
    assert len(str(caught.value)) < 300
    assert "hunter2" not in str(caught.value)


def test_a_value_is_not_shown_by_accident() -> None:
    """Not in a traceback with variables either."""
    assert repr(Credentials(token=BOT, hook_url=URL)) == "Credentials()"
