"""What becomes of a message on the topic on its way into a Slack channel; the only home of slack_sdk.

    incoming   a record of the queue      -> what arrived: a report's envelope, an alarm, or words
    posts      what arrived, with threads -> the posts to make, each with a key
    desk       one record, start to end: load the report, make each post once, remember its thread
    bot, hook  the two ways into Slack: a bot token, an incoming webhook

Everything but ``bot`` and ``hook`` is pure, or calls what it is given.
"""
