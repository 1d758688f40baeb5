"""Where the report of a scan goes, wired: the same for a scan of one Region and for one of many accounts."""

from __future__ import annotations

from fleetscan.aws import reports
from fleetscan.aws.clients import Clients
from fleetscan.aws.sns import sns_sinks
from fleetscan.ports import Sink
from fleetscan.render import chat_notification, html, message
from fleetscan.settings import Settings
from fleetscan.shelving import Shelving


def sinks(aws: Clients, wanted: Settings) -> tuple[Sink, ...]:
    """Return the topics that the settings name, each with its own words; none where they name none."""
    told = {wanted.topic_arn: message.texts, wanted.chat_topic_arn: chat_notification.texts}
    subject, attributes, least = message.subject, message.attributes, wanted.notify_severity
    return sns_sinks(aws.sns, told, subject=subject, attributes=attributes, least=least)


def shelving(aws: Clients, wanted: Settings) -> Shelving | None:
    """Return where the whole report is kept; None without a bucket."""
    return reports.shelving(aws, wanted, html.render)
