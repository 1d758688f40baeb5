"""The Slack credentials: a bot token, or the URL of an incoming webhook.

Either alone, or as the only value of a JSON object (as Secrets Manager's console stores it).
"""

from __future__ import annotations

import json
import re
from dataclasses import field

from fleetscan.errors import SettingError
from fleetscan.immutable import immutable

_TOKEN = re.compile(r"(?:xoxe\.)?xoxb-[0-9A-Za-z-]{10,300}")
_HOOK = re.compile(r"https://hooks\.slack(?:-gov)?\.com/services/[0-9A-Za-z_/-]{10,200}")
"""Only Slack's own hosts: the messages are confidential."""


@immutable
class Credentials:
    """One of the two; the other is empty. Neither is in the repr."""

    token: str = field(default="", repr=False)
    hook_url: str = field(default="", repr=False)


def read(secret: str, name: str) -> Credentials:
    """Parse a secret; SettingError names the secret, never its value."""
    text = _only_value(secret.strip())
    if _TOKEN.fullmatch(text):
        return Credentials(token=text)
    if _HOOK.fullmatch(text):
        return Credentials(hook_url=text)
    raise SettingError(
        f"The secret {name} holds neither a bot token (xoxb-...) nor the URL of an incoming webhook "
        "(https://hooks.slack.com/services/...)"
    )


def _only_value(text: str) -> str:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    values = list(found.values()) if isinstance(found, dict) else [found]
    return values[0].strip() if len(values) == 1 and isinstance(values[0], str) else ""
