# ruff: noqa: INP001 - Lambda imports this module by its bare name; the folder is no package
"""The Lambda function of the dashboard's widget: the last report, or one node of it, as HTML for CloudWatch.

CloudWatch shows any text that is returned, but of an error only its type; so errors are returned as a sentence, and the
log has the details.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from fleetscan import settings
from fleetscan.bootstrap import clients
from fleetscan.bootstrap.reports import report_archive
from fleetscan.errors import AccessError, SettingError, StoredReportError
from fleetscan.model import Report
from fleetscan.render.widget import widget
from fleetscan.render.widget.frame import INSTANCE_ID, Frame, notice

PAGE_LINK_SECONDS = 3_600
"""Validity of the link; each refresh of the dashboard signs a new one."""

logger = Logger(service="fleetscan")


@lru_cache(maxsize=1)
def _report(bucket: str, key: str) -> Report:
    """Cache the last report for the next click; the object under a key never changes."""
    return report_archive(clients.own(), bucket).load(key)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> str:
    """Return Markdown for a describe request, else HTML; never raises."""
    if event.get("describe"):
        return widget.DESCRIPTION
    theme = _theme(event)
    try:
        return _shown(event, theme, context.invoked_function_arn)
    except StoredReportError as error:
        return notice(str(error), theme)
    except (AccessError, SettingError) as error:
        logger.exception("The report could not be read")
        return notice(f"The last report could not be read: {error}", theme)
    except Exception as error:
        logger.exception("The widget failed")
        words = f"The last report could not be shown ({type(error).__name__}); the log of this function says why."
        return notice(words, theme)


def _shown(event: dict[str, Any], theme: str, endpoint: str) -> str:
    wanted = settings.read(os.environ)
    if not wanted.bucket_name:
        raise SettingError("FLEETSCAN_BUCKET_NAME is not set; it names the bucket with the reports")
    node = event.get("node")
    if node is not None and not (isinstance(node, str) and INSTANCE_ID.fullmatch(node)):
        return notice("That is not an instance id; one looks like i-0123456789abcdef0.", theme)
    reports = report_archive(clients.own(), wanted.bucket_name)
    report = _report(wanted.bucket_name, reports.latest().key)
    page = reports.latest_page() if node is None else None
    frame = Frame(
        endpoint=endpoint,
        now=datetime.now(UTC),
        old_after_seconds=wanted.alarm_window_seconds,
        theme=theme,
        bucket=wanted.bucket_name,
        page_scan_id=page.scan_id if page else "",
        page_url=reports.link(page.page_key, PAGE_LINK_SECONDS) if page else "",
    )
    return widget.overview(report, frame) if node is None else widget.of_node(report, node, frame)


def _theme(event: dict[str, Any]) -> str:
    """Return the theme of the console; light if unknown."""
    found = event.get("widgetContext")
    return "dark" if isinstance(found, dict) and found.get("theme") == "dark" else "light"
