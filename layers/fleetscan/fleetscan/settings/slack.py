"""The settings of the Slack function, read once from the environment (``FLEETSCAN_*``).

As for a scan, unknown names and invalid values are errors; an empty value is the default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from fleetscan.immutable import immutable
from fleetscan.settings import PREFIX
from fleetscan.settings.environment import BUCKET, TABLE, Reader, fields, matching

_SECRET = re.compile(
    r"arn:aws[a-z-]*:(?:secretsmanager:[0-9a-z-]+:[0-9]{12}:secret:[0-9A-Za-z/_+=.@-]{1,512}"
    r"|ssm:[0-9a-z-]+:[0-9]{12}:parameter/[0-9A-Za-z_./-]{1,1011})"
)
_CHANNEL = re.compile(r"[CG][0-9A-Z]{6,20}|#?[0-9a-z\u00c0-\uffff_-]{1,80}")
"""A channel's id, or its name; the id stays valid when the channel is renamed."""
_API = re.compile(r"https://(?:[0-9a-z-]+\.)?slack(?:-gov)?\.com/api/|http://127\.0\.0\.1:[0-9]{1,5}/api/")
"""Slack, GovSlack, or a fake server on this machine."""


@immutable
class SlackSettings:
    """The settings of the Slack function."""

    slack_secret_arn: str = ""
    """The Secrets Manager secret, or the SSM SecureString, with a bot token or a webhook's URL."""
    slack_channel: str = ""
    """Needed with a bot token; a webhook knows its channel."""
    slack_api_url: str = "https://slack.com/api/"
    table_name: str = ""
    """The stack's table: posts already made, and the threads of incidents."""
    bucket_name: str = ""
    """The bucket with whole reports; empty for none."""


def read(environment: Mapping[str, str]) -> SlackSettings:
    """Read them from environment variables; SettingError names the variable, its value and the allowed values."""
    return SlackSettings(**fields(environment, PREFIX, _READERS))


_READERS: Mapping[str, Reader] = {
    "FLEETSCAN_SLACK_SECRET_ARN": matching(_SECRET, "the ARN of a secret or of an SSM parameter"),
    "FLEETSCAN_SLACK_CHANNEL": matching(_CHANNEL, "a channel's id or name"),
    "FLEETSCAN_SLACK_API_URL": matching(_API, "the URL of Slack's API"),
    "FLEETSCAN_TABLE_NAME": matching(TABLE, "the name of a DynamoDB table"),
    "FLEETSCAN_BUCKET_NAME": matching(BUCKET, "the name of an S3 bucket"),
}
"""One row for each field: the variable's name is the field's, in upper case."""
