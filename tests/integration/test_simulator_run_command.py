"""Systems Manager as simulated, asked by botocore over HTTP: the calls that moto lacks, with the service's limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from simulator.cluster import SimulatedAws
from tests.fixtures.small_fleet import finished, send, small_fleet, small_node, ssm_client

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

LONG = "head -c 30000 /dev/zero | tr '\\0' x"
SIXTY = 60


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedAws]:
    """Provide 60 nodes that answer at once and some that do not."""
    nodes = [small_node(number) for number in range(1, SIXTY + 1)]
    nodes += [
        small_node(101, prints=LONG),
        small_node(102, prints="echo broken >&2; exit 3"),
        small_node(103, fate="hangs"),
        small_node(104, fate="not_registered"),
        small_node(105, fate="connection_lost"),
        small_node(106, fate="never_delivered"),
        small_node(107, prints=""),
    ]
    with SimulatedAws(
        small_fleet(*nodes), tmp_path_factory.mktemp("fleet"), window_seconds=0, hang_seconds=0.5
    ) as simulated:
        yield simulated


@pytest.fixture
def ssm(aws: SimulatedAws) -> SSMClient:
    """Provide a client."""
    return ssm_client(aws)


def ids(*numbers: int) -> list[str]:
    """Return instance ids by number."""
    return [small_node(number).instance_id for number in numbers]


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    """Return the service's error code."""
    return error.value.response["Error"]["Code"]


def test_agents_are_listed_ten_a_page_unless_asked_otherwise(ssm: SSMClient) -> None:
    """DescribeInstanceInformation: 5 to 50 a page, 10 by default; a node without an agent is not there."""
    first = ssm.describe_instance_information()
    pages = ssm.get_paginator("describe_instance_information").paginate(PaginationConfig={"PageSize": 50})
    found = [agent["InstanceId"] for page in pages for agent in page["InstanceInformationList"]]

    assert len(first["InstanceInformationList"]) == 10
    assert len(found) == SIXTY + 6
    assert ids(104)[0] not in found


def test_an_agent_says_when_it_was_last_heard_of(ssm: SSMClient) -> None:
    """The filter brings back the nodes asked for alone."""
    answer = ssm.describe_instance_information(Filters=[{"Key": "InstanceIds", "Values": ids(105, 104)}])

    agents = [(each["InstanceId"], each["PingStatus"]) for each in answer["InstanceInformationList"]]
    assert agents == [(ids(105)[0], "ConnectionLost")]


def test_a_command_for_more_than_fifty_nodes_is_refused(ssm: SSMClient) -> None:
    """SendCommand takes at most 50 InstanceIds."""
    with pytest.raises(ClientError) as error:
        send(ssm, ids(*range(1, 52)))

    assert code_of(error) == "ValidationException"


def test_an_unknown_document_is_refused(ssm: SSMClient) -> None:
    """Only documents that exist in the account, and AWS's own for shell scripts."""
    with pytest.raises(ClientError) as error:
        ssm.send_command(InstanceIds=ids(1), DocumentName="somebody-elses")

    assert code_of(error) == "InvalidDocument"


def test_the_collection_document_takes_no_parameters(ssm: SSMClient) -> None:
    """The stack's document declares none, so the service refuses any."""
    with pytest.raises(ClientError) as error:
        ssm.send_command(InstanceIds=ids(1), DocumentName="fleetscan-collect", Parameters={"commands": ["id"]})

    assert code_of(error) == "InvalidParameters"


@pytest.mark.parametrize("number", [104, 105, 999])
def test_one_node_that_does_not_listen_refuses_the_whole_command(ssm: SSMClient, number: int) -> None:
    """Not registered, lost or unknown: the service names the ids and runs nothing."""
    with pytest.raises(ClientError) as error:
        send(ssm, ids(1, number, 2))

    assert code_of(error) == "InvalidInstanceId"
    assert f"[[{ids(number)[0]}]]" in error.value.response["Error"]["Message"]


def test_a_command_ends_when_all_its_nodes_have(ssm: SSMClient) -> None:
    """Fifty nodes in one command, counted by ListCommands."""
    command = finished(ssm, send(ssm, ids(*range(1, 51))))

    counts = (command["TargetCount"], command["CompletedCount"], command["ErrorCount"], command["Status"])
    assert counts == (50, 50, 0, "Success")


def test_invocations_come_fifty_a_page_at_most(ssm: SSMClient) -> None:
    """A page of 20 has a token for the next; pages together hold each node once."""
    command_id = send(ssm, ids(*range(1, 51)))
    finished(ssm, command_id)
    pages = ssm.get_paginator("list_command_invocations").paginate(
        CommandId=command_id, Details=True, PaginationConfig={"PageSize": 20}
    )
    sizes = [len(page["CommandInvocations"]) for page in pages]
    with pytest.raises(ClientError) as error:
        ssm.list_command_invocations(CommandId=command_id, MaxResults=51)

    assert sizes == [20, 20, 10]
    assert code_of(error) == "ValidationException"


def test_a_list_shows_2500_bytes_of_output_and_one_node_24000(ssm: SSMClient) -> None:
    """The two ways to read a node's output, each cut in its own words."""
    command_id = send(ssm, ids(101))
    finished(ssm, command_id)

    listed = ssm.list_command_invocations(CommandId=command_id, Details=True)["CommandInvocations"][0]
    whole = ssm.get_command_invocation(CommandId=command_id, InstanceId=ids(101)[0])
    assert listed["CommandPlugins"][0]["Output"] == "x" * 2_477 + "\n---Output truncated---"
    assert whole["StandardOutputContent"] == "x" * 23_980 + "--output truncated--"


def test_without_details_a_list_shows_no_output(ssm: SSMClient) -> None:
    """Plugins are only there when asked for."""
    command_id = send(ssm, ids(1))
    finished(ssm, command_id)

    invocation = ssm.list_command_invocations(CommandId=command_id)["CommandInvocations"][0]
    assert invocation["CommandPlugins"] == []


def test_a_script_that_fails_shows_its_error_in_place_of_its_output(ssm: SSMClient) -> None:
    """And the agent adds a line of its own to standard error."""
    command_id = send(ssm, ids(102))
    command = finished(ssm, command_id)

    plugin = ssm.list_command_invocations(CommandId=command_id, Details=True)["CommandInvocations"][0][
        "CommandPlugins"
    ][0]
    expected = "----------ERROR-------\nbroken\nfailed to run commands: exit status 3"
    assert (plugin["Status"], plugin["ResponseCode"], plugin["Output"]) == ("Failed", 3, expected)
    assert (command["Status"], command["ErrorCount"]) == ("Failed", 1)


def test_a_script_that_hangs_ends_as_an_execution_timeout(ssm: SSMClient) -> None:
    """Killed by the agent: exit code 137."""
    command_id = send(ssm, ids(103))
    finished(ssm, command_id)

    result = ssm.get_command_invocation(CommandId=command_id, InstanceId=ids(103)[0])
    assert (result["Status"], result["StatusDetails"], result["ResponseCode"]) == ("TimedOut", "ExecutionTimedOut", 137)


def test_nothing_is_shown_of_a_node_that_has_not_finished(ssm: SSMClient) -> None:
    """A node whose agent never picks the command up stays pending, with an empty output and exit code -1."""
    command_id = send(ssm, ids(106))

    result = ssm.get_command_invocation(CommandId=command_id, InstanceId=ids(106)[0])
    assert (result["Status"], result["ResponseCode"], result["StandardOutputContent"]) == ("Pending", -1, "")


def test_the_first_error_stops_a_command_that_allows_none(ssm: SSMClient) -> None:
    """MaxErrors 0, one node at a time: those whose turn had not come are terminated, not run."""
    command_id = send(ssm, ids(102, 1, 2), MaxErrors="0", MaxConcurrency="1")
    command = finished(ssm, command_id)

    states = [
        each["StatusDetails"] for each in ssm.list_command_invocations(CommandId=command_id)["CommandInvocations"]
    ]
    assert states == ["Failed", "Terminated", "Terminated"]
    assert command["CompletedCount"] == 3


def test_commands_are_found_by_time_and_document(ssm: SSMClient) -> None:
    """Newest first; a document of another name and a future time bring nothing."""
    command_id = send(ssm, ids(1))

    recent = ssm.list_commands(
        Filters=[
            {"key": "InvokedAfter", "value": "2020-01-01T00:00:00Z"},
            {"key": "DocumentName", "value": "fleetscan-collect"},
        ]
    )["Commands"]
    none = ssm.list_commands(Filters=[{"key": "InvokedAfter", "value": "2999-01-01T00:00:00Z"}])["Commands"]
    assert recent[0]["CommandId"] == command_id
    assert none == []


def test_a_shell_script_runs_as_aws_would_run_it(ssm: SSMClient, aws: SimulatedAws) -> None:
    """AWS-RunShellScript takes the commands as a parameter and joins them to one script."""
    instance_id = ids(107)[0]
    command_id = ssm.send_command(
        InstanceIds=[instance_id],
        DocumentName="AWS-RunShellScript",
        Parameters={"commands": ["#!/bin/sh", "cat $PROC_ROOT/loadavg", "echo $AWS_SSM_INSTANCE_ID"]},
    )["Command"]["CommandId"]
    finished(ssm, command_id)

    result = ssm.get_command_invocation(CommandId=command_id, InstanceId=instance_id)["StandardOutputContent"]
    loadavg = Path(aws.roots[instance_id]["PROC_ROOT"], "loadavg").read_text()
    assert result == f"{loadavg}{instance_id}\n"


def test_the_collection_document_runs_the_projects_script(ssm: SSMClient) -> None:
    """The real script, on the node's own tree: a capture with its first and last line."""
    command_id = send(ssm, ids(107))
    finished(ssm, command_id)

    result = ssm.get_command_invocation(CommandId=command_id, InstanceId=ids(107)[0])
    lines = result["StandardOutputContent"].splitlines()
    assert lines[0] == "fleetscan-capture 2"
    assert lines[-1].startswith("@end summary triggers=- ")
    assert result["StandardErrorContent"] == ""


def test_an_unknown_command_is_refused(ssm: SSMClient) -> None:
    """And so is a node that the command was not sent to."""
    command_id = send(ssm, ids(1))
    with pytest.raises(ClientError) as unknown:
        ssm.list_command_invocations(CommandId="00000000-0000-0000-0000-000000000000")
    with pytest.raises(ClientError) as elsewhere:
        ssm.get_command_invocation(CommandId=command_id, InstanceId=ids(2)[0])

    assert (code_of(unknown), code_of(elsewhere)) == ("InvalidCommandId", "InvocationDoesNotExist")
