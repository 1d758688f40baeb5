"""Where the report of a scan goes, wired: the same for a scan of one Region and for one of many accounts."""

from __future__ import annotations

from fleetscan.aws import s3
from fleetscan.aws.clients import Clients
from fleetscan.aws.sns import sns_sinks
from fleetscan.ports import Sink
from fleetscan.render.html import page
from fleetscan.render.message import chat_notification, sns
from fleetscan.scan.report_store import Shelving
from fleetscan.settings import Settings


def sinks(aws: Clients, wanted: Settings) -> tuple[Sink, ...]:
    """Return the topics that the settings name, each with its own words; none where they name none."""
    told = {wanted.topic_arn: sns.texts, wanted.chat_topic_arn: chat_notification.texts}
    subject, attributes, least = sns.subject, sns.attributes, wanted.notify_severity
    return sns_sinks(aws.sns, told, subject=subject, attributes=attributes, least=least)


def shelving(aws: Clients, wanted: Settings) -> Shelving | None:
    """Return where the whole report is kept; None without a bucket."""
    return s3.shelving(aws, wanted, page.render)
