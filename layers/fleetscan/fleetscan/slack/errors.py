"""Slack's error codes, with sentences that say what to do."""

from __future__ import annotations

from collections.abc import Mapping

from fleetscan.numbers import shown

_BOT = "the secret holds no valid bot token; store a new one in {secret}"
_HOOK = "the incoming webhook was removed or disabled; make a new one and store it in {secret}"
_CHANNEL = "there is no such channel, or the app cannot see it; check SlackChannel and invite the app to the channel"
_FORM = "a bug of fleetscan: Slack rejects the format of the message; the whole report is in the log and the bucket"

_UNKNOWN = "the queue retries it, and then moves it to the dead-letter queue"

REFUSALS: Mapping[str, str] = {
    "account_inactive": _BOT,
    "invalid_auth": _BOT,
    "not_authed": _BOT,
    "token_expired": _BOT,
    "token_revoked": _BOT,
    "not_allowed_token_type": _BOT,
    "missing_scope": "the app lacks a scope; give it chat:write and reinstall it",
    "channel_not_found": _CHANNEL,
    "not_in_channel": "the app is not in the channel; invite it there",
    "is_archived": "the channel is archived; choose another SlackChannel",
    "channel_is_archived": "the channel is archived; make a webhook for another and store it in {secret}",
    "restricted_action": "a workspace policy does not allow the app to post there",
    "action_prohibited": "a workspace policy does not allow the webhook to post there",
    "invalid_token": _HOOK,
    "no_active_hooks": _HOOK,
    "no_service": _HOOK,
    "no_service_id": _HOOK,
    "no_team": _HOOK,
    "team_disabled": _HOOK,
    "invalid_blocks": _FORM,
    "invalid_blocks_format": _FORM,
    "invalid_payload": _FORM,
    "msg_blocks_too_long": _FORM,
    "msg_too_long": _FORM,
    "no_text": _FORM,
    "ratelimited": "too many messages; the queue tries again later",
    "rate_limited": "too many messages; the queue tries again later",
}
"""Errors of chat.postMessage and of incoming webhooks (Slack developer docs, "chat.postMessage", "Handling errors")."""

FORM = frozenset(code for code, words in REFUSALS.items() if words == _FORM)
"""The message is rejected, so it is sent again as plain text."""
THREAD = frozenset({"thread_not_found", "message_not_found", "cannot_reply_to_message"})
"""The thread is gone, so the message is posted to the channel."""


def words(code: str, secret: str) -> str:
    """Return a sentence on why Slack rejected a message; it names the secret, never its value."""
    if (advice := REFUSALS.get(code)) is None:
        return f"Slack did not accept the message: {shown(code)}; {_UNKNOWN}"
    return f"Slack did not accept the message: {code}; {advice.format(secret=secret)}"
