"""Files shared by the steps of a fan-out scan, as objects in the hub's bucket.

targets.json                                       accounts and Regions to scan, written by the operator
runs/RUN/plan.json                                 the plan of the run
runs/RUN/parts/111122223333/eu-west-1/0-of-3.gz    result of one target or shard
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from fleetscan.aws.access import asking
from fleetscan.aws.errors import code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PERMISSIONS_ACROSS_ACCOUNTS = frozenset({"s3:GetObject", "s3:ListBucket", "s3:PutObject"})
"""ListBucket is needed to tell a missing object: without it S3 returns 403 instead of 404."""


class S3RunStore:
    """Objects of one bucket below a prefix. Encryption and expiry are set on the bucket."""

    def __init__(self, s3: S3Client, bucket: str, prefix: str = "") -> None:
        self._s3 = s3
        self._bucket = bucket
        self._prefix = prefix

    def put(self, name: str, content: bytes) -> None:
        """Store an object. Raises AccessError when denied, and botocore's error when the call fails."""
        with asking("s3:PutObject", f"bucket {self._bucket}"):
            self._s3.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=content)

    def get(self, name: str) -> bytes | None:
        """Return an object, or None if there is none. Raises AccessError when denied."""
        try:
            with asking("s3:GetObject", f"bucket {self._bucket}"):
                return self._s3.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"].read()
        except ClientError as error:
            if code(error) == "NoSuchKey":
                return None
            raise
