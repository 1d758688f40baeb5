"""How long one call waits."""

from __future__ import annotations

import pytest
from slack_sdk.http_retry.response import HttpResponse

from fleetscan.slack.retry import pause, retry_after


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (200, {}, None),
        (400, {}, None),
        (403, {}, None),
        (429, {"Retry-After": ["7"]}, 7.0),
        (429, {"retry-after": ["120"]}, 120.0),
        (429, {}, 30.0),
        (429, {"Retry-After": ["soon"]}, 30.0),
        (429, {"Retry-After": ["-5"]}, 30.0),
        (429, {"Retry-After": ["99999999999999"]}, 999_999.0),
        (500, {}, 4.0),
        (503, {}, 4.0),
        (504, {}, 4.0),
    ],
)
def test_only_what_passes_is_waited_for(status: int, headers: dict[str, list[str]], expected: float | None) -> None:
    """As long as Slack asks for; twice as long each time where it does not say."""
    assert expected == pause(HttpResponse(status_code=status, headers=dict(headers)), attempt=2)


def test_a_connection_that_broke_is_tried_again() -> None:
    """After one, two, four seconds."""
    assert [pause(None, attempt) for attempt in range(3)] == [1.0, 2.0, 4.0]


def test_a_header_of_nothing_is_no_header() -> None:
    """An empty list, an empty text."""
    assert [retry_after({"Retry-After": []}), retry_after({"Retry-After": ""})] == [30.0, 30.0]
