"""What SSM says of a command on a node, and what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.aws.run_command import invocation
from fleetscan.aws.run_command.invocation import ENDS, STUCK, WAITING
from fleetscan.model import Capture, CaptureStatus, Node

if TYPE_CHECKING:
    from mypy_boto3_ssm.type_defs import CommandInvocationTypeDef

NODE = Node(instance_id="i-0123456789abcdef0")
SUMMARY = "fleetscan-capture 1\n@last\n@loadavg\n0.1 0.1 0.1 1/2 3\n@end summary triggers={} dropped=- unreadable=-\n"


@pytest.mark.parametrize(
    ("status", "details", "expected"),
    [
        ("Success", "Success", "Success"),
        ("TimedOut", "Delivery Timed Out", "DeliveryTimedOut"),
        ("TimedOut", "DeliveryTimedOut", "DeliveryTimedOut"),
        ("TimedOut", "Execution Timed Out", "ExecutionTimedOut"),
        ("InProgress", "In Progress", "InProgress"),
        ("Failed", "Access Denied", "AccessDenied"),
        ("Failed", "Rate Exceeded", "RateExceeded"),
        ("Failed", "Something New", "Failed"),
        ("Failed", "", "Failed"),
        ("", "Undeliverable", "Undeliverable"),
        ("", "", ""),
    ],
)
def test_a_state_has_one_name_however_it_is_spaced(status: str, details: str, expected: str) -> None:
    """The details are more exact; the status is there where they are missing or new."""
    assert expected == invocation.state(status, details)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("Failed", CaptureStatus.FAILED),
        ("ExecutionTimedOut", CaptureStatus.TIMED_OUT),
        ("TimedOut", CaptureStatus.TIMED_OUT),
        ("DeliveryTimedOut", CaptureStatus.TIMED_OUT),
        ("Undeliverable", CaptureStatus.CONNECTION_LOST),
        ("Terminated", CaptureStatus.FAILED),
        ("Cancelled", CaptureStatus.FAILED),
        ("InvalidPlatform", CaptureStatus.FAILED),
        ("AccessDenied", CaptureStatus.FAILED),
        ("RateExceeded", CaptureStatus.FAILED),
        ("LimitExceeded", CaptureStatus.FAILED),
        ("NoInstancesInTag", CaptureStatus.FAILED),
        ("Incomplete", CaptureStatus.FAILED),
    ],
)
def test_each_end_has_a_status_and_a_sentence(end: str, expected: CaptureStatus) -> None:
    """Terminated in particular is about the command: it says nothing of the instance."""
    capture = invocation.ended(NODE, end)

    assert expected == capture.status
    assert len(capture.reason) > len("the script failed") - 1
    assert capture.text == ""


def test_no_end_is_without_its_row_in_the_table_above() -> None:
    """Every state is either waiting, well, or an end."""
    assert not set(ENDS) & WAITING
    assert set(STUCK) == WAITING


def test_an_end_that_we_do_not_know_is_a_failure_that_names_it() -> None:
    """A new status of tomorrow is not success."""
    expected = Capture(
        node=NODE, status=CaptureStatus.FAILED, reason="Systems Manager reports an unknown status, Evaporated?"
    )

    assert expected == invocation.ended(NODE, "Evaporated\n")


def test_a_failed_script_shows_its_exit_code_and_first_line() -> None:
    """Where the plugin failed, SSM's output is the error's text."""
    given_invocation: CommandInvocationTypeDef = {
        "Status": "Failed",
        "StatusDetails": "Failed",
        "CommandPlugins": [{"ResponseCode": 127, "Output": "sh: awk: not\x1b found\nfailed to run commands"}],
    }
    expected = Capture(
        node=NODE,
        status=CaptureStatus.FAILED,
        reason="the script failed with exit code 127: sh: awk: not? found",
    )

    assert expected == invocation.failed(NODE, given_invocation)


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        (SUMMARY.format("-"), False),
        (SUMMARY.format("slab,pressure"), True),
        (SUMMARY.format("slab") + "@slabinfo\n---Output truncated---", True),
        (SUMMARY.format("-")[:60] + "\n---Output truncated---", True),
        ("", True),
        ("Step execution skipped", True),
    ],
)
def test_detail_is_fetched_for_triggers_and_for_cut_summaries_only(summary: str, *, expected: bool) -> None:
    """A healthy node costs no call of its own."""
    assert expected == invocation.wants_detail(summary)


def test_a_capture_s_line_inside_a_line_is_not_its_end() -> None:
    """Only the beginning of a line counts."""
    assert not invocation.is_whole("fleetscan-capture 1\nxx @end summary triggers=-\n")


def test_success_without_output_is_a_failure() -> None:
    """There is nothing to believe, and silence is not health."""
    expected = Capture(
        node=NODE,
        status=CaptureStatus.FAILED,
        reason="the script ended but Systems Manager shows no output of it; not yet",
    )

    assert expected == invocation.answered(NODE, " \n", "not yet")


def test_the_capture_is_found_among_a_document_s_steps() -> None:
    """AWS-RunShellScript has one step, other documents may have several."""
    given_invocation: CommandInvocationTypeDef = {
        "CommandPlugins": [{"Output": "a precondition was not met"}, {"Output": SUMMARY.format("-")}]
    }
    expected = SUMMARY.format("-")

    assert expected == invocation.summary_of(given_invocation)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("Pending", "did not respond within 90 s (status Pending: the SSM agent never picked it up)"),
        ("InProgress", "did not respond within 90 s (status InProgress: the script was sent and did not end)"),
        ("Delayed", "did not respond within 90 s (status Delayed: Systems Manager is still trying to deliver it)"),
        ("", "did not respond within 90 s (Systems Manager showed no status for it)"),
    ],
)
def test_a_node_that_did_not_answer_says_how_far_it_came(state: str, expected: str) -> None:
    """Pending points to the agent, InProgress to the node."""
    assert Capture(node=NODE, status=CaptureStatus.TIMED_OUT, reason=expected) == invocation.unanswered(
        NODE, 90.4, state
    )


@given(st.text(), st.text(max_size=30_000))
def test_nothing_that_a_node_sends_grows_or_breaks_a_capture(end: str, text: str) -> None:
    """Reasons are bounded and printable, texts bounded."""
    assert invocation.ended(NODE, end).reason.isprintable()
    assert len(invocation.ended(NODE, "Failed", output=text).reason) < 400
    assert len(invocation.answered(NODE, text).text) <= 24_000
