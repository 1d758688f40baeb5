"""The stack's dashboard: CloudWatch takes any JSON and shows an empty graph for what does not exist, so look here."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from fleetscan.diagnosis.rules import RULES
from fleetscan.model import CaptureStatus, Coverage, Diagnosis, Node
from fleetscan.scan.metrics import DISTRIBUTIONS, FLEET_METRICS, RENAMED
from functions.scan import app
from tests.fixtures.stack_template import TEMPLATE

RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
TEXT, VARIABLES = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]

COLUMNS = 24
MOST_HEIGHT = 1_000
PROPERTIES = {
    "custom": ({"endpoint", "updateOn"}, {"title"}),
    "alarm": ({"alarms", "title"}, set()),
    "text": ({"markdown"}, set()),
    "log": ({"query", "region", "view", "title"}, set()),
    "metric": ({"metrics", "region", "view", "title"}, {"stat", "period", "stacked", "yAxis", "annotations"}),
}
"""Type -> what a widget must have and what it may (Dashboard Body Structure and Syntax, CloudWatch API reference)."""
RENDERING = {"id", "label", "color", "visible", "yAxis", "stat", "expression"}
STATISTIC = re.compile(r"Maximum|Minimum|Average|Sum|p\d{1,2}")
AWS_METRICS = {
    ("AWS/Lambda", "Duration", "FunctionName"),
    ("AWS/Lambda", "Errors", "FunctionName"),
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits", "TableName"),
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName"),
}
"""What AWS publishes of functions and tables by itself (developer guides of Lambda and DynamoDB)."""
SEARCH = re.compile(
    r"""SEARCH\('\{"\$\{MetricNamespace\}",(?P<dimensions>[A-Za-z,]+)\} MetricName="(?P<metric>\w+)\""""
    r"""(?: Rule="(?P<rule>\w+)")?', '(?P<statistic>\w+)', 300\)"""
)


def substituted(text: str) -> str:
    """Return the body as CloudFormation would write it, but for the names: each reference becomes ``<name>`` or 7."""
    for name, value in VARIABLES.items():
        text = text.replace(f"${{{name}}}", value["Fn::If"][1]["Fn::Sub"])  # as where the condition is true
    numbers = {name for name, parameter in TEMPLATE["Parameters"].items() if parameter["Type"] == "Number"}
    text = re.sub(r"\$\{([A-Za-z:.]+)\}", lambda found: "7" if found[1] in numbers else f"<{found[1]}>", text)
    return text.replace("${!", "${")


BODY: dict[str, Any] = json.loads(substituted(TEXT))
WIDGETS: list[dict[str, Any]] = BODY["widgets"]


def titled(widget: dict[str, Any]) -> str:
    """Return what a widget is called, for the names of tests."""
    return str(widget["properties"].get("title") or widget["properties"]["markdown"].splitlines()[0])


def plotted() -> Iterator[dict[str, Any] | list[Any]]:
    """Yield each line of every metric widget: an expression, or a metric with its options at the end."""
    for widget in WIDGETS:
        for line in widget["properties"].get("metrics", ()):
            yield line[0] if isinstance(line[0], dict) else line


EXPRESSIONS = [line for line in plotted() if isinstance(line, dict)]
LINES = [line for line in plotted() if isinstance(line, list)]


def searches() -> Iterator[re.Match[str]]:
    """Yield every search, understood; one that is written in another way fails."""
    for expression in re.findall(r'"expression": "(SEARCH.+?\))"', TEXT):
        found = SEARCH.fullmatch(json.loads(f'"{expression}"'))
        assert found, expression
        yield found


class TestBody:
    """What CloudWatch demands of a body."""

    def test_every_reference_is_to_something_of_the_stack(self) -> None:
        """A parameter, a resource, or a pseudo parameter."""
        named = {name.partition(".")[0] for name in re.findall(r"\$\{([A-Za-z:.]+)\}", TEXT)}

        assert named - set(RESOURCES) - set(TEMPLATE["Parameters"]) - set(VARIABLES) == {"AWS::Region"}

    @pytest.mark.parametrize("widget", WIDGETS, ids=titled)
    def test_a_widget_is_of_a_known_kind_with_what_that_kind_has(self, widget: dict[str, Any]) -> None:
        """Nothing missing, nothing that CloudWatch does not know."""
        demanded, allowed = PROPERTIES[widget["type"]]
        given = set(widget["properties"])

        assert set(widget) == {"type", "x", "y", "width", "height", "properties"}
        assert demanded <= given <= demanded | allowed

    @pytest.mark.parametrize("widget", WIDGETS, ids=titled)
    def test_a_widget_lies_on_the_grid(self, widget: dict[str, Any]) -> None:
        """24 columns wide."""
        assert widget["x"] >= 0
        assert widget["y"] >= 0
        assert 1 <= widget["width"] <= COLUMNS - widget["x"]
        assert 1 <= widget["height"] <= MOST_HEIGHT

    def test_no_two_widgets_lie_on_each_other_and_no_row_has_a_hole(self) -> None:
        """CloudWatch would move one of them, and what belongs together would be torn apart."""

        def cells(widget: dict[str, Any]) -> set[tuple[int, int]]:
            return {
                (widget["x"] + column, widget["y"] + row)
                for column in range(widget["width"])
                for row in range(widget["height"])
            }

        overlaps = [(titled(a), titled(b)) for a, b in combinations(WIDGETS, 2) if cells(a) & cells(b)]
        covered = set().union(*map(cells, WIDGETS))
        lowest = max(row for _, row in covered)

        assert overlaps == []
        assert covered == {(column, row) for column in range(COLUMNS) for row in range(lowest + 1)}

    def test_the_report_comes_first_and_is_the_widget_s_function(self) -> None:
        """What is read when nothing else is; asked again when the dashboard refreshes."""
        first = WIDGETS[0]["properties"]

        assert (WIDGETS[0]["type"], first["endpoint"]) == ("custom", "<WidgetFunction.Arn>")
        assert first["updateOn"] == {"refresh": True, "resize": False, "timeRange": False}

    def test_its_name_is_one_that_cloudwatch_takes(self) -> None:
        """Letters, digits, - and _, and one for each Region: dashboards are the account's, not the Region's."""
        assert RESOURCES["Dashboard"]["Properties"]["DashboardName"] == {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}


class TestMetrics:
    """What it plots exists, and what exists is plotted."""

    def test_every_total_is_shown_and_no_other_is(self) -> None:
        """By the names of metrics.py, without dimensions, both ways; what has a new name by that."""
        own = {line[1] for line in LINES if line[0] == "<MetricNamespace>"}

        assert own == set(FLEET_METRICS) - set(RENAMED)
        assert all(len([part for part in line if isinstance(part, str)]) == 2 for line in LINES if line[1] in own)

    def test_every_distribution_is_shown_and_no_other_is(self) -> None:
        """As one line for each cluster, by percentile or extreme: what a sum or mean hides is the point."""
        found = [one for one in searches() if one["dimensions"] == "Cluster"]

        assert {one["metric"] for one in found} == DISTRIBUTIONS
        assert not [one[0] for one in found if one["statistic"] in {"Sum", "Average"}]

    def test_findings_are_searched_by_rules_that_exist(self) -> None:
        """All of them in one graph, the credits' in one of their own."""
        found = [one for one in searches() if one["dimensions"] == "Cluster,Rule"]
        named = {one["rule"] for one in found if one["rule"]}

        assert {one["metric"] for one in found} == {"Findings"}
        assert [one for one in found if not one["rule"]]
        assert {rule.id for rule in RULES if rule.id.startswith("cpu_") and "credit" in rule.id} <= named
        assert named <= {rule.id for rule in RULES}

    def test_searches_are_all_understood(self) -> None:
        """So that the tests above look at every one of them."""
        assert len(list(searches())) == sum("SEARCH(" in line["expression"] for line in EXPRESSIONS)

    def test_other_metrics_are_ones_that_aws_publishes_of_the_stack_s_own_resources(self) -> None:
        """Of its functions and its table."""
        found = {(tuple(line[:3]), line[3]) for line in LINES if line[0] != "<MetricNamespace>"}

        assert {metric for metric, _ in found} == AWS_METRICS
        assert {about.strip("<>") for _, about in found} <= set(RESOURCES)

    def test_arithmetic_uses_lines_of_its_own_graph(self) -> None:
        """An id that does not exist makes the whole graph an error."""
        for widget in WIDGETS:
            options = [line[-1] for line in widget["properties"].get("metrics", ()) if isinstance(line[-1], dict)]
            ids = {one["id"] for one in options if "id" in one}
            used = {
                word
                for one in options
                if "SEARCH" not in one.get("expression", "SEARCH")
                for word in re.findall(r"\b[a-z]\w*", one["expression"])
            }

            assert used <= ids, titled(widget)

    def test_options_of_lines_and_statistics_are_known(self) -> None:
        """A misspelt option is ignored without a word."""
        options = [*EXPRESSIONS, *(line[-1] for line in LINES if isinstance(line[-1], dict))]
        statistics = {one["statistic"] for one in searches()}
        statistics |= {one["stat"] for one in options if "stat" in one}
        statistics |= {widget["properties"]["stat"] for widget in WIDGETS if "stat" in widget["properties"]}

        assert not {key for one in options for key in one} - RENDERING
        assert not [one for one in statistics if not STATISTIC.fullmatch(one)]


def test_every_alarm_of_the_stack_is_on_it() -> None:
    """With its state."""
    (widget,) = (one for one in WIDGETS if one["type"] == "alarm")
    alarms = {name for name, resource in RESOURCES.items() if resource["Type"] == "AWS::CloudWatch::Alarm"}

    assert {f"<{name}.Arn>" for name in alarms} == set(widget["properties"]["alarms"])


def test_without_a_part_of_the_stack_its_alarm_is_not_named() -> None:
    """What a condition leaves out is left out here, comma and all; the body stays JSON."""
    assert all(value["Fn::If"][2] == "" for value in VARIABLES.values())
    assert json.loads(substituted(re.sub("|".join(rf"\$\{{{name}\}}" for name in VARIABLES), "", TEXT)))


def test_the_log_is_asked_for_what_the_function_writes() -> None:
    """Its own log group; the line of a node, and fields that such a line has."""
    queries = [widget["properties"]["query"] for widget in WIDGETS if widget["type"] == "log"]
    written = app.in_short(Diagnosis(node=Node(instance_id="i-1"), coverage=Coverage(status=CaptureStatus.ANSWERED)))

    assert all(query.startswith("SOURCE '<ScanLogGroup>' | ") for query in queries)
    assert "message = 'Node with findings'" in queries[0]
    assert 'logger.info("Node with findings"' in inspect.getsource(app)
    assert {"cluster", "instance_id", "severity"} <= set(written)
