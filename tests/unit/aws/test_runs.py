"""What the steps of a run hand to each other, in a bucket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fleetscan.aws.runs import S3RunStore
from fleetscan.errors import AccessError


def test_what_is_put_is_got_below_the_prefix() -> None:
    """The last one counts, what is not there is None, and runs do not see each other's."""
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="runs")
        store = S3RunStore(client, "runs", "runs/one/")
        for content in (b"first", b"second"):
            store.put("parts/a.gz", content)

        assert store.get("parts/a.gz") == b"second"
        assert store.get("parts/b.gz") is None
        assert S3RunStore(client, "runs", "runs/two/").get("parts/a.gz") is None
        assert S3RunStore(client, "runs").get("runs/one/parts/a.gz") == b"second"


@pytest.mark.parametrize(("code", "raised"), [("AccessDenied", AccessError), ("SlowDown", ClientError)])
def test_only_a_missing_object_is_none(connect: Callable[..., Any], code: str, raised: type[Exception]) -> None:
    """A refusal names the action, and must not look like a target that gave no answer."""

    def refuse(operation: str, _: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

    store = S3RunStore(connect("s3", refuse), "runs")

    with pytest.raises(raised, match=r"GetObject"):
        store.get("a")
    with pytest.raises(raised, match=r"PutObject"):
        store.put("a", b"")
