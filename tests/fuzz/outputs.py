"""Every output of a report: how it is made, how large it may be, and what it promises. One row each."""

from __future__ import annotations

import json as plain_json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from fleetscan.cli.paint import painted
from fleetscan.model import Report
from fleetscan.model.death import ClusterPast
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.render.html import page
from fleetscan.render.json import report as json
from fleetscan.render.message import chat_notification, mail, slack, sns
from fleetscan.render.text import report as text
from fleetscan.render.text.detail import Detail
from fleetscan.render.text.page import Page, lines
from fleetscan.render.text.termination import explained
from fleetscan.render.widget import widget
from fleetscan.render.widget.frame import Frame
from fleetscan.scan.metrics import metrics
from fleetscan.terminations.merged_counts import pod_records
from tests.fixtures import slack_rules
from tests.fuzz import clean

KB = 1_000

SCREEN = Page(columns=80, is_screen=True, is_unicode=True)
NODE_SERIES = 10


@dataclass(frozen=True, slots=True)
class Output:
    """One way in which a report is shown."""

    name: str
    render: Callable[[Report], str]
    promise: Callable[[str], None]
    most_characters: int
    """Of a report without nodes."""
    most_of_a_node: int = 0
    """That each node may add."""
    is_slow: bool = False
    """Whether it writes a page about each node: a long run shows it a part of its fleets."""

    def shown(self, report: Report) -> str:
        """Return the output, after a look at whether it keeps the promise and its bounds."""
        output = self.render(report)
        self.promise(output)
        most = self.most_characters + self.most_of_a_node * len(report.diagnoses)
        clean.demand(len(output) <= most, f"{self.name} has {len(output)} characters, more than {most}")
        return output


def _screen(report: Report) -> str:
    return painted(lines(text.blocks(report, Detail.BRIEF), SCREEN), {})


def _metrics(report: Report) -> str:
    made = metrics(report, node_series_limit=NODE_SERIES)
    for metric in made:
        clean.demand(all(math.isfinite(value) for value in metric.values), f"{metric.name} is not finite")
    return plain_json.dumps([asdict(metric) for metric in made])


def _attributes(report: Report) -> str:
    return plain_json.dumps({key: list(value) for key, value in sns.attributes(report).items()})


def _slack(report: Report) -> str:
    made = slack.render(report, SHELVED)
    return plain_json.dumps({"text": made.text, "blocks": list(made.blocks), "plain": made.plain})


def _slack_promise(output: str) -> None:
    """Slack takes it, and obeys nothing in it that is not ours."""
    payload = plain_json.loads(output)
    clean.as_values(payload)
    refused = [*slack_rules.problems(payload), *slack_rules.obeyed(payload)]
    clean.demand(not refused, f"Slack: {refused}")


def _widget_node(report: Report) -> str:
    shown = report.diagnoses[0].node.instance_id if report.diagnoses else "i-0123456789abcdef0"
    return widget.of_node(report, shown, _FRAME)


SHELVED = Whereabouts(
    bucket="reports", key="k", report_url="https://reports.s3.amazonaws.com/k?X-Amz-Signature=0", dashboard_url=""
)
_FRAME = Frame(
    endpoint=clean.ENDPOINT,
    now=datetime(2026, 1, 6, 12, 5, tzinfo=UTC),
    old_after_seconds=1_800,
    bucket="reports",
    page_url="https://reports.s3.amazonaws.com/k?X-Amz-Signature=0",
)


def _values(output: str) -> None:
    clean.as_values(plain_json.loads(output))


def _explanation(report: Report) -> str:
    """Return what is said of every pod that the report knows, as if all of them had been asked for."""
    known = pod_records("", "", ClusterPast(), report)
    return explained("live/main", known.stories, known.events, ["this report"], report.started_at, seen=known.seen)


JSON = Output("JSON", json.render, clean.as_json, 2_000 * KB, 200 * KB, is_slow=True)

OUTPUTS: tuple[Output, ...] = (
    Output("text", text.render, clean.plain, 60 * KB, 1 * KB),
    Output(
        "text, verbose", lambda report: text.render(report, verbose=True), clean.plain, 400 * KB, 60 * KB, is_slow=True
    ),
    Output("screen", _screen, clean.painted, 60 * KB, 1 * KB),
    JSON,
    Output("HTML", page.render, clean.as_page, 200 * KB, 20 * KB, is_slow=True),
    Output("message, subject", sns.subject, clean.single_line, sns.SUBJECT_CHARACTERS),
    Output("message, body", sns.body, clean.plain, mail.CHARACTERS),
    Output("message, attributes", _attributes, _values, 60 * KB),
    Output("message, envelope", lambda report: sns.texts(report, SHELVED)["sqs"], _values, 20 * KB),
    Output("Slack", _slack, _slack_promise, 20 * KB),
    Output("Amazon Q Developer", lambda report: chat_notification.render(report, SHELVED), _values, 20 * KB),
    Output("widget", lambda report: widget.overview(report, _FRAME), clean.as_page, 200 * KB, 10 * KB),
    Output("widget, a node", _widget_node, clean.as_page, 200 * KB, 10 * KB),
    Output("explanation", _explanation, clean.plain, 40 * KB),
    Output("metrics", _metrics, _values, 20 * KB, 2 * KB),
)


QUICK: tuple[Output, ...] = tuple(output for output in OUTPUTS if not output.is_slow)


OF_STORED: tuple[Output, ...] = tuple(output for output in OUTPUTS if output.name != "metrics")
"""Nobody publishes the numbers of what comes out of a bucket before the adapter has cleaned its names."""


def shown(report: Report, outputs: Sequence[Output] = OUTPUTS) -> Mapping[str, str]:
    """Return what these outputs show of a report, each kept to its promise."""
    return {output.name: output.shown(report) for output in outputs}
