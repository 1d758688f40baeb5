"""The hub of a function, from its settings and its own name."""

from __future__ import annotations

import pytest

from fleetscan.aws.hub import Hub
from fleetscan.bootstrap import clients
from fleetscan.bootstrap.hub import of_function
from fleetscan.model.target import Target
from fleetscan.settings.fanout import FanoutSettings

ARN = "arn:aws-cn:lambda:cn-north-1:111122223333:function:fleetscan-fanout-ScanFunction-1"


@pytest.mark.parametrize("endpoint_url", [None, "http://127.0.0.1:9"])
def test_the_hub_knows_from_its_own_arn_where_it_is(endpoint_url: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Partition, account and Region; the role's name is a setting, and no event can change it."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    if endpoint_url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint_url)
    settings = FanoutSettings(bucket="runs", external_id="a-word-that-nobody-guesses", role_name="spoke")
    expected = Hub(
        clients=clients.own(),
        bucket="runs",
        role_name="spoke",
        external_id="a-word-that-nobody-guesses",
        partition="aws-cn",
        place=Target(account="111122223333", region="cn-north-1"),
        endpoint_url=endpoint_url,
    )

    assert expected == of_function(settings, ARN)
