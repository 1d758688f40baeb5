"""Delivers messages of the topic to a Slack channel; the only package that imports slack_sdk.

    incoming      a record of the queue -> its content: a report's envelope, an alarm, or plain text
    posts         content and threads   -> the posts to make, each with an idempotency key
    delivery      one record from start to end: load the report, make each post once, store its thread
    bot, webhook  the two clients of Slack: with a bot token, or an incoming webhook

Everything but ``bot`` and ``webhook`` is pure, or calls what it is given.
"""
