"""Slack's words for not taking a message, in words that say what to do."""

from __future__ import annotations

from collections.abc import Mapping

from fleetscan.numbers import shown

_BOT = "the secret holds no valid bot token; store a new one in {secret}"
_HOOK = "the incoming webhook is gone or switched off; make a new one and store it in {secret}"
_CHANNEL = "there is no such channel, or the app cannot see it; check SlackChannel and invite the app to the channel"
_FORM = "a bug of fleetscan: Slack does not understand the message; the whole report is in the log and the bucket"

_UNKNOWN = "the queue tries again, and then keeps the message among the dead letters"

REFUSALS: Mapping[str, str] = {
    "account_inactive": _BOT,
    "invalid_auth": _BOT,
    "not_authed": _BOT,
    "token_expired": _BOT,
    "token_revoked": _BOT,
    "not_allowed_token_type": _BOT,
    "missing_scope": "the app lacks a scope; give it chat:write and install it anew",
    "channel_not_found": _CHANNEL,
    "not_in_channel": "the app is not in the channel; invite it there",
    "is_archived": "the channel is archived; choose another SlackChannel",
    "channel_is_archived": "the channel is archived; make a webhook for another and store it in {secret}",
    "restricted_action": "a rule of the workspace keeps the app from posting there",
    "action_prohibited": "a rule of the workspace keeps the webhook from posting there",
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
"""The message is at fault, so a plainer one may be taken."""
THREAD = frozenset({"thread_not_found", "message_not_found", "cannot_reply_to_message"})
"""The thread is gone, so the channel may take it."""


def words(code: str, secret: str) -> str:
    """Return a sentence on why Slack refused; the secret is named, its value never."""
    if (advice := REFUSALS.get(code)) is None:
        return f"Slack did not take the message: {shown(code)}; {_UNKNOWN}"
    return f"Slack did not take the message: {code}; {advice.format(secret=secret)}"
