"""What the steps of a scan of many targets hand to each other, as objects in the hub's bucket.

targets.json                                       which accounts and Regions to scan; people write it
runs/RUN/plan.json                                 what was planned
runs/RUN/parts/111122223333/eu-west-1/0-of-3.gz    what one target's nodes said
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from fleetscan.aws.access import asking
from fleetscan.aws.errors import code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PERMISSIONS_ACROSS_ACCOUNTS = frozenset({"s3:GetObject", "s3:ListBucket", "s3:PutObject"})
"""Listing is not for lists: without it S3 calls an object that is not there forbidden, and not missing."""


class S3RunStore:
    """Objects of one bucket below a prefix. The bucket decides on encryption, and after how many days they go."""

    def __init__(self, s3: S3Client, bucket: str, prefix: str = "") -> None:
        self._s3 = s3
        self._bucket = bucket
        self._prefix = prefix

    def put(self, name: str, content: bytes) -> None:
        """Store an object. Raises AccessError when it is refused, and botocore's error when the call fails."""
        with asking("s3:PutObject", f"bucket {self._bucket}"):
            self._s3.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=content)

    def get(self, name: str) -> bytes | None:
        """Return an object, or None when there is none. Raises AccessError when it is refused."""
        try:
            with asking("s3:GetObject", f"bucket {self._bucket}"):
                return self._s3.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"].read()
        except ClientError as error:
            if code(error) == "NoSuchKey":
                return None
            raise
