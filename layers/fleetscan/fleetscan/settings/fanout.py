"""The settings of a fan-out scan, read once from the environment (``FANOUT_*``).

The settings of a scan (``FLEETSCAN_*``) apply to each target.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from fleetscan.errors import SettingError
from fleetscan.immutable import immutable
from fleetscan.settings.environment import BUCKET, Reader, between, fields, matching

PREFIX = "FANOUT_"

_ROLE = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
"""A role's name of the IAM API."""
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{16,1224}", re.ASCII)
"""ExternalId of the STS API, which would take two characters; sixteen cannot be guessed."""


@immutable
class FanoutSettings:
    """The settings of a fan-out scan."""

    bucket: str
    """Bucket with the list of targets, and the files shared by the steps."""
    external_id: str
    """The external id that the trust policies of the spokes require."""
    role_name: str = "fleetscan-spoke"
    """Name of the role in every spoke."""
    shard_nodes: int = 5_000
    """Most nodes that one invocation scans; the measured limit is above 10,000 in two minutes at 512 MB."""
    concurrency: int = 40
    """Most targets that are scanned at once: SSM and EC2 throttle by account and Region, Lambda by account."""
    tolerated_percent: int = 0
    """Share of targets that may have no result before an execution counts as failed; the report is published anyway."""


def read(environment: Mapping[str, str]) -> FanoutSettings:
    """Read the settings; SettingError names the variable that is missing, unknown or invalid."""
    given = fields(environment, PREFIX, _READERS)
    for name in ("bucket", "external_id"):
        if name not in given:
            raise SettingError(f"{PREFIX}{name.upper()} is not set; a scan of many accounts needs it")
    return FanoutSettings(**given)


_READERS: Mapping[str, Reader] = {
    "FANOUT_BUCKET": matching(BUCKET, "the name of an S3 bucket"),
    "FANOUT_EXTERNAL_ID": matching(_EXTERNAL_ID, "16 characters or more of A-Z a-z 0-9 _+=,.@:/-", is_secret=True),
    "FANOUT_ROLE_NAME": matching(_ROLE, "the name of an IAM role"),
    "FANOUT_SHARD_NODES": between(1, 20_000),
    "FANOUT_CONCURRENCY": between(1, 1_000),
    "FANOUT_TOLERATED_PERCENT": between(0, 100),
}
"""One row for each field of FanoutSettings: the variable's name is the field's, in upper case."""
