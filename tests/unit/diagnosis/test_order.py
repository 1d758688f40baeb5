"""Worst first, and every output keeps it: who is failing now is behind nobody who has days."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetscan.diagnosis.condition import Condition, condition, is_failing_now
from fleetscan.diagnosis.order import worst_first
from fleetscan.model import CaptureStatus, Diagnosis, Metric, Readings, Report, Severity
from fleetscan.render.html import page
from fleetscan.render.json import report as json_report
from fleetscan.render.message import chat_notification, mail, slack
from fleetscan.render.message import sns as sns_message
from fleetscan.render.message.selection import digest
from fleetscan.render.text import report as text_report
from fleetscan.render.widget import widget
from fleetscan.render.widget.frame import Frame
from fleetscan.scan.metric_budget import within_budget
from fleetscan.scan.metrics import metrics
from fleetscan.storage.report_codec import pack, unpack
from tests.fixtures.evaluated_nodes import HEALTHY, MIB, evaluated, failing, finding, fleets, leaking, report

FRAME = Frame(endpoint="arn:aws:lambda:eu-west-1:1:function:w", now=report().started_at, old_after_seconds=900)
PRESSED = replace(HEALTHY, memory_some_avg60_percent=5.0)
LARGE = replace(HEALTHY, slab_unreclaimable_bytes=900 * MIB)
NODE = re.compile(r"node-[0-9]{4}|i-[0-9a-f]{17}")

OUTPUTS: dict[str, Callable[[Report], str]] = {
    "text": text_report.render,
    "text, all": lambda one: text_report.render(one, verbose=True),
    "html": page.render,
    "json": json_report.render,
    "mail": lambda one: mail.text(digest(one)),
    "sns": sns_message.body,
    "slack": lambda one: json.dumps(slack.render(one).blocks),
    "chat": lambda one: json.loads(chat_notification.render(one))["content"]["description"],
    "widget": lambda one: widget.overview(one, FRAME),
}
"""Every form in which a report leaves the program as words."""

LISTS = {
    "text": ("All nodes\n", "\nCoverage"),
    "text, all": ("All nodes\n", "\nCoverage"),
    "html": ('<ol class="tiles', "</ol>"),
    "json": ('"nodes": [', '"fleet": {'),
    "mail": ("NODES, WORST FIRST", "responded;"),
    "sns": ("NODES, WORST FIRST", "responded;"),
    "slack": ("*Nodes, worst first*", '"context"'),
    "chat": ("*Nodes, worst first*", "responded;"),
    "widget": ('<ol class="tiles', "</ol>"),
}
"""Between what each of them lists the nodes; a message lists the worst, and none that is merely not known."""


def number(diagnosis: Diagnosis) -> int:
    """Return the number that a made-up node bears."""
    return int(diagnosis.node.instance_id.removeprefix("i-"), base=16)


def named(output: str) -> list[int]:
    """Return the nodes that an output names, in the order in which each is named first."""
    found = (one[0] for one in NODE.finditer(output))
    return list(
        dict.fromkeys(int(one[5:]) if one.startswith("node") else int(one.removeprefix("i-"), base=16) for one in found)
    )


def listed(output: str, text: str) -> list[int]:
    """Return the nodes in an output's list of them, in its order."""
    begin, end = LISTS[output]
    return named(text.partition(begin)[2].partition(end)[0])


def with_series(found: Sequence[Metric]) -> set[int]:
    """Return the nodes that have metrics of their own."""
    return {
        int(value.removeprefix("i-"), base=16)
        for metric in found
        for name, value in metric.dimensions
        if name == "InstanceId"
    }


class TestOrder:
    """What is decided once, when a report is made or read."""

    def test_each_criterion_gives_way_to_the_one_before_it(self) -> None:
        """Severity, failing now, hours left, pressure, share of the slab, unknown before healthy, cluster and id."""
        pressed = evaluated(4, finding("slab_unreclaimable_high", Severity.CRITICAL), readings=PRESSED)
        large = evaluated(5, finding("slab_unreclaimable_high", Severity.CRITICAL), readings=LARGE)
        expected = (
            failing(9),
            leaking(8, hours=5),
            leaking(7, hours=120),
            pressed,
            large,
            evaluated(6, finding("slab_unreclaimable_high", Severity.CRITICAL)),
            evaluated(2, finding("load_high", Severity.WARNING), hours=30),
            evaluated(1, finding("load_high", Severity.WARNING)),
            evaluated(13, hours=60),
            evaluated(12, status=CaptureStatus.TIMED_OUT, readings=Readings()),
            evaluated(10, finding("oom_kill_pod", Severity.INFO)),
            evaluated(11),
        )
        mixed = (*expected[::3], *reversed(expected[1::3]), *expected[2::3])

        assert expected == worst_first(mixed)

    def test_nodes_that_are_alike_are_in_the_order_of_cluster_and_id(self) -> None:
        """Whatever order they came in."""
        one, two = evaluated(1), evaluated(2)
        other = replace(one, node=replace(one.node, cluster="alpha"))

        assert worst_first([two, one, other]) == (other, one, two)

    @settings(deadline=None)
    @given(fleets())
    def test_no_input_order_matters(self, fleet: tuple[Diagnosis, ...]) -> None:
        """The same nodes, the same report."""
        assert worst_first(fleet) == worst_first(reversed(fleet))

    @settings(deadline=None)
    @given(fleets())
    def test_who_is_failing_now_is_behind_nobody_else(self, fleet: tuple[Diagnosis, ...]) -> None:
        """And no severity is behind a milder one, and nobody healthy before somebody unknown who is alike."""
        ordered = worst_first(fleet)

        for before, after in pairwise(ordered):
            assert rank(before) >= rank(after)
            assert is_failing_now(before) or not is_failing_now(after)
            if rank(before) == rank(after) == 0 and before.runway == after.runway:
                assert (condition(before), condition(after)) != (Condition.HEALTHY, Condition.UNKNOWN)

    @settings(deadline=None)
    @given(fleets())
    def test_a_report_that_is_read_again_is_in_order(self, fleet: tuple[Diagnosis, ...]) -> None:
        """Whatever order it was stored in: an earlier version had the runway before who is failing now."""
        assert unpack(pack(report(*fleet))).diagnoses == worst_first(fleet)


def rank(diagnosis: Diagnosis) -> int:
    """Return how bad the worst finding is; information is no worse than nothing."""
    return 0 if diagnosis.severity is None else diagnosis.severity.rank


@pytest.mark.parametrize("output", OUTPUTS)
class TestOutputs:
    """Who is failing now and has no runway, beside who has five days."""

    def test_two_critical_nodes(self, output: str) -> None:
        """Named first and listed first, though the other one has a date."""
        said = OUTPUTS[output](report(*worst_first([leaking(1), failing(2)])))

        assert (named(said)[0], listed(output, said)) == (2, [2, 1])

    @settings(max_examples=25, deadline=None)
    @given(fleet=fleets(most=6))
    def test_the_order_of_the_report_is_kept(self, output: str, fleet: tuple[Diagnosis, ...]) -> None:
        """Whatever it is: nothing is sorted anew."""
        given_order = [number(one) for one in (*fleet, leaking(100), failing(101), leaking(102, hours=3))]
        said = listed(output, OUTPUTS[output](report(*fleet, leaking(100), failing(101), leaking(102, hours=3))))

        assert said
        assert said == [one for one in given_order if one in said]

    @settings(max_examples=25, deadline=None)
    @given(fleet=fleets(most=6), days=st.lists(st.floats(1.0, 300.0), min_size=1, max_size=12))
    def test_nobody_else_is_named_before_all_who_are_failing_now(
        self, output: str, fleet: tuple[Diagnosis, ...], days: list[float]
    ) -> None:
        """In any fleet, however many others have a date."""
        others = (leaking(100 + place, hours) for place, hours in enumerate(days))
        ordered = worst_first([*others, *fleet, failing(999)])
        now = {number(one) for one in ordered if is_failing_now(one)}
        said = named(OUTPUTS[output](report(*ordered)))

        assert said[0] in now


class TestMetrics:
    """Who gets series of his own where there is room for few."""

    def test_ten_with_a_runway_do_not_push_out_who_is_failing_now(self) -> None:
        """Ten series of single nodes, eleven critical nodes."""
        fleet = worst_first([*(leaking(one) for one in range(10)), failing(10)])
        found = metrics(report(*fleet), node_series_limit=10)

        assert with_series(found) == {*range(9), 10}

    @settings(deadline=None)
    @given(fleets(), st.integers(1, 4))
    def test_nobody_has_series_while_one_who_is_failing_now_has_none(
        self, fleet: tuple[Diagnosis, ...], limit: int
    ) -> None:
        """By the limit of nodes, and by the budget of the hour."""
        every = metrics(report(*worst_first(fleet)), node_series_limit=limit)
        room = sum(bool(one.dimensions) for one in every if not dict(one.dimensions).get("InstanceId")) + 2
        paid, _ = within_budget(every, limit=room, ledger=None, at=report().started_at)
        failing_now = {number(one) for one in fleet if is_failing_now(one) and has_figures(one)}

        for found in (with_series(every), with_series(paid)):
            assert not found - failing_now or failing_now <= found


def has_figures(diagnosis: Diagnosis) -> bool:
    """Whether there is anything to publish of a node."""
    readings = diagnosis.readings
    share = None not in {readings.slab_unreclaimable_bytes, readings.memory_total_bytes}
    return share or readings.memory_some_avg60_percent is not None
