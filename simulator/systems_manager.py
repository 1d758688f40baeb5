"""The calls of Systems Manager that Run Command needs, as JSON in and JSON out.

moto answers SendCommand with success and no output and does not know the others, so all of them are answered here.
Limits and shapes are those of botocore's service model.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from simulator import agent
from simulator.document import SHELL_DOCUMENT, script_of, shell_script
from simulator.fleet import FleetNode, System
from simulator.run_command import TERMINAL, Command, Invocation, is_limit, new_command_id
from simulator.service_error import ServiceError

MOST_INSTANCES = 50
PAGE_SIZE = 50
SHORTEST_INFORMATION_PAGE, DEFAULT_INFORMATION_PAGE = 5, 10
MOST_FILTER_VALUES = 100
SHORTEST_DELIVERY_SECONDS, LONGEST_DELIVERY_SECONDS = 30, 2_592_000
DEFAULT_DELIVERY_SECONDS = 3_600
_LOST_SECONDS = 47 * 60
"""How long ago a lost agent was last heard of."""
_PLUGIN = "aws:runShellScript"

type Json = dict[str, Any]


class Commands(Protocol):
    """Who runs commands: the real script (``RunCommand``), or answers that were recorded (``RecordedCommands``)."""

    commands: dict[str, Command]

    @property
    def lock(self) -> threading.RLock:
        """Held while commands are read or changed."""

    def registered(self) -> tuple[FleetNode, ...]:
        """Return the nodes whose agent Systems Manager knows."""

    def system_of(self, node: FleetNode) -> System:
        """Return what the node runs."""

    def send(self, command: Command, instance_ids: list[str]) -> None:
        """Take a command, or fail the call."""

    def cancel(self, command: Command) -> None:
        """Start no further invocation."""

    def settle_undelivered(self) -> None:
        """Bring the invocations up to now."""


class SystemsManager:
    """Answers calls. ``documents`` returns a document's content by name, or None."""

    def __init__(
        self, run_command: Commands, documents: Callable[[str], str | None], *, clock: Callable[[], float]
    ) -> None:
        self._run_command = run_command
        self._documents = documents
        self._clock = clock
        self.actions: Mapping[str, Callable[[Json], Json]] = {
            "DescribeInstanceInformation": self._describe_instance_information,
            "SendCommand": self._send_command,
            "CancelCommand": self._cancel_command,
            "ListCommands": self._list_commands,
            "ListCommandInvocations": self._list_command_invocations,
            "GetCommandInvocation": self._get_command_invocation,
        }

    def answer(self, action: str, payload: Json) -> Json:
        """Return the result of a call, or raise its Refusal."""
        with self._run_command.lock:
            self._run_command.settle_undelivered()
            return self.actions[action](payload)

    def _describe_instance_information(self, payload: Json) -> Json:
        size = payload.get("MaxResults", DEFAULT_INFORMATION_PAGE)
        if not SHORTEST_INFORMATION_PAGE <= size <= PAGE_SIZE:
            raise _invalid(f"Value '{size}' at 'maxResults' failed to satisfy constraint: between 5 and 50")
        nodes = self._run_command.registered()
        for each in payload.get("Filters", []):
            key, values = each["Key"], each["Values"]
            if len(values) > MOST_FILTER_VALUES:
                raise _invalid("Member must have length less than or equal to 100")
            if key == "InstanceIds":
                nodes = tuple(node for node in nodes if node.instance_id in values)
            else:
                nodes = tuple(node for node in nodes if self._has(node, key, values))
        page, token = _page(nodes, size, payload.get("NextToken"))
        answer: Json = {"InstanceInformationList": [self._information(node) for node in page]}
        return answer | token

    def _has(self, node: FleetNode, key: str, values: list[str]) -> bool:
        information = self._information(node)
        fields = {"PingStatus": "PingStatus", "PlatformTypes": "PlatformType"}
        if key not in fields:
            raise ServiceError("InvalidInstanceInformationFilterValue", f"The filter {key} is not simulated")
        return information[fields[key]] in values

    def _information(self, node: FleetNode) -> Json:
        system = self._run_command.system_of(node)
        is_lost = node.fate == "connection_lost"
        return {
            "InstanceId": node.instance_id,
            "PingStatus": "ConnectionLost" if is_lost else "Online",
            "LastPingDateTime": self._clock() - (_LOST_SECONDS if is_lost else 60),
            "AgentVersion": system.agent_version,
            "IsLatestVersion": False,
            "PlatformType": system.platform_type,
            "PlatformName": system.platform,
            "PlatformVersion": system.platform_version,
            "ResourceType": "EC2Instance",
            "ComputerName": node.private_dns_name,
        }

    def _send_command(self, payload: Json) -> Json:
        instance_ids = payload.get("InstanceIds", [])
        if len(instance_ids) > MOST_INSTANCES:
            raise _invalid("Value at 'instanceIds' failed to satisfy constraint: length less than or equal to 50")
        if not instance_ids:
            raise _invalid("Only commands with InstanceIds are simulated")
        delivery = payload.get("TimeoutSeconds", DEFAULT_DELIVERY_SECONDS)
        if not SHORTEST_DELIVERY_SECONDS <= delivery <= LONGEST_DELIVERY_SECONDS:
            raise _invalid(f"Value '{delivery}' at 'timeoutSeconds' failed to satisfy constraint: 30 or more")
        limits = {name: payload.get(name, default) for name, default in (("MaxConcurrency", "50"), ("MaxErrors", "0"))}
        for name, text in limits.items():
            if not is_limit(text):
                raise _invalid(f"Value '{text}' at '{name}' failed to satisfy constraint: a number or a percentage")
        name, parameters = payload["DocumentName"].rpartition("/")[2], payload.get("Parameters", {})
        if name == SHELL_DOCUMENT:
            script = shell_script(parameters)
        elif content := self._documents(name):
            _check_pins(payload, content)
            script = script_of(content, parameters)
        else:
            raise ServiceError("InvalidDocument", f"Document with name {name} does not exist.")
        command = Command(
            command_id=new_command_id(),
            document=name,
            comment=payload.get("Comment", ""),
            script=script,
            requested_at=self._clock(),
            delivery_seconds=delivery,
            max_concurrency=limits["MaxConcurrency"],
            max_errors=limits["MaxErrors"],
            parameters=parameters,
        )
        self._run_command.send(command, instance_ids)
        return {"Command": _command(command)}

    def _cancel_command(self, payload: Json) -> Json:
        self._run_command.cancel(self._command(payload["CommandId"]))
        return {}

    def _list_commands(self, payload: Json) -> Json:
        commands = list(reversed(self._run_command.commands.values()))
        if command_id := payload.get("CommandId"):
            commands = [self._command(command_id)]
        if instance_id := payload.get("InstanceId"):
            commands = [command for command in commands if instance_id in command.invocations]
        found = [each for each in map(_command, commands) if _fits(each, payload.get("Filters", []))]
        page, token = _page(tuple(found), _page_size(payload), payload.get("NextToken"))
        return {"Commands": list(page)} | token

    def _list_command_invocations(self, payload: Json) -> Json:
        commands = list(reversed(self._run_command.commands.values()))
        if command_id := payload.get("CommandId"):
            commands = [self._command(command_id)]
        with_plugins = payload.get("Details", False)
        found = [
            _invocation(invocation, with_plugins=with_plugins)
            for command in commands
            for invocation in command.invocations.values()
            if payload.get("InstanceId") in {None, invocation.node.instance_id}
        ]
        found = [each for each in found if _fits(each, payload.get("Filters", []))]
        page, token = _page(tuple(found), _page_size(payload), payload.get("NextToken"))
        return {"CommandInvocations": list(page)} | token

    def _get_command_invocation(self, payload: Json) -> Json:
        command = self._command(payload["CommandId"])
        invocation = command.invocations.get(payload["InstanceId"])
        if invocation is None:
            raise ServiceError("InvocationDoesNotExist", "")
        outcome = invocation.outcome
        answer: Json = {
            "CommandId": command.command_id,
            "InstanceId": invocation.node.instance_id,
            "Comment": command.comment,
            "DocumentName": command.document,
            "DocumentVersion": "1",
            "PluginName": _PLUGIN,
            "ResponseCode": outcome.exit_code if outcome else -1,
            "Status": invocation.status,
            "StatusDetails": invocation.details.replace(" ", ""),
            "StandardOutputContent": agent.standard_output(outcome.output) if outcome else "",
            "StandardErrorContent": agent.standard_error(_error(outcome)) if outcome else "",
            "StandardOutputUrl": "",
            "StandardErrorUrl": "",
        }
        if invocation.started_at is not None:
            answer["ExecutionStartDateTime"] = datetime.fromtimestamp(invocation.started_at, UTC).isoformat()
        if invocation.started_at is not None and invocation.ended_at is not None:
            answer["ExecutionElapsedTime"] = f"PT{invocation.ended_at - invocation.started_at:.3f}S"
        return answer

    def _command(self, command_id: str) -> Command:
        command = self._run_command.commands.get(command_id)
        if command is None:
            raise ServiceError("InvalidCommandId", "")
        return command


def _command(command: Command) -> Json:
    states = [(each.status, each.details) for each in command.invocations.values()]
    if not all(status in TERMINAL for status, _ in states):
        is_waiting = all(status == "Pending" for status, _ in states)
        status, details = ("Pending", "Pending") if is_waiting else ("InProgress", "In Progress")
    else:
        worst = ("Failed", "Execution Timed Out", "Delivery Timed Out", "Undeliverable", "Cancelled", "Terminated")
        by_details = {details: status for status, details in states}
        details = next((each for each in worst if each in by_details), "Success")
        status = by_details.get(details, "Success")
    return {
        "CommandId": command.command_id,
        "DocumentName": command.document,
        "DocumentVersion": "1",
        "Comment": command.comment,
        "RequestedDateTime": command.requested_at,
        "ExpiresAfter": command.requested_at + command.delivery_seconds + command.script.timeout_seconds,
        "Parameters": command.parameters,
        "InstanceIds": list(command.invocations),
        "Targets": [],
        "Status": status,
        "StatusDetails": details,
        "MaxConcurrency": command.max_concurrency,
        "MaxErrors": command.max_errors,
        "TargetCount": len(command.invocations),
        "CompletedCount": command.completed,
        "ErrorCount": command.errors,
        "DeliveryTimedOutCount": sum(details == "Delivery Timed Out" for _, details in states),
        "TimeoutSeconds": command.delivery_seconds,
    }


def _invocation(invocation: Invocation, *, with_plugins: bool) -> Json:
    answer: Json = {
        "CommandId": invocation.command.command_id,
        "InstanceId": invocation.node.instance_id,
        "InstanceName": invocation.node.private_dns_name,
        "Comment": invocation.command.comment,
        "DocumentName": invocation.command.document,
        "DocumentVersion": "1",
        "RequestedDateTime": invocation.command.requested_at,
        "Status": invocation.status,
        "StatusDetails": invocation.details,
        "StandardOutputUrl": "",
        "StandardErrorUrl": "",
        "CommandPlugins": [],
    }
    if with_plugins and invocation.started_at is not None:
        outcome = invocation.outcome
        plugin: Json = {
            "Name": _PLUGIN,
            "Status": invocation.status,
            "StatusDetails": invocation.details,
            "ResponseCode": outcome.exit_code if outcome else -1,
            "ResponseStartDateTime": invocation.started_at,
            "Output": _listed(outcome) if outcome else "",
        }
        if invocation.ended_at is not None:
            plugin["ResponseFinishDateTime"] = invocation.ended_at
        answer["CommandPlugins"] = [plugin]
    return answer


def _listed(outcome: agent.Outcome) -> str:
    """Return the output for lists: of a script that failed, the agent shows the error in its place."""
    if outcome.exit_code:
        return agent.listed_output(b"", _error(outcome)).lstrip("\n")
    return agent.listed_output(outcome.output, outcome.error)


def _error(outcome: agent.Outcome) -> bytes:
    """Return standard error with the line that the agent itself adds to a failure."""
    if not outcome.exit_code:
        return outcome.error
    return outcome.error + f"failed to run commands: exit status {outcome.exit_code}".encode()


def _fits(found: Json, filters: list[Json]) -> bool:
    return all(_fits_one(found, each["key"], each["value"]) for each in filters)


def _fits_one(found: Json, key: str, value: str) -> bool:
    if key == "InvokedAfter":
        return bool(found["RequestedDateTime"] > _epoch(value))
    if key == "InvokedBefore":
        return bool(found["RequestedDateTime"] < _epoch(value))
    if key == "Status":
        return value in {found["Status"], found["StatusDetails"].replace(" ", "")}
    if key == "DocumentName":
        return bool(found["DocumentName"] == value)
    raise ServiceError("InvalidFilterKey", f"The filter {key} is not simulated")


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _page_size(payload: Json) -> int:
    size = payload.get("MaxResults", PAGE_SIZE)
    if not 1 <= size <= PAGE_SIZE:
        raise _invalid(f"Value '{size}' at 'maxResults' failed to satisfy constraint: between 1 and 50")
    return int(size)


def _page[T](found: tuple[T, ...], size: int, token: str | None) -> tuple[tuple[T, ...], Json]:
    """Return one page and the token of the next one, if there is one."""
    start = int(base64.b64decode(token)) if token else 0
    end = start + size
    next_token: Json = {"NextToken": base64.b64encode(str(end).encode()).decode()} if end < len(found) else {}
    return found[start:end], next_token


def _check_pins(payload: Json, content: str) -> None:
    """Refuse another version than the first, or another hash, as SSM does; nobody edits a document here.

    What SSM hashes is not documented; here it is the content as it was given, as moto has it.
    """
    version, wanted = payload.get("DocumentVersion", "1"), payload.get("DocumentHash", "")
    if version not in {"1", "$DEFAULT", "$LATEST"}:
        raise ServiceError("InvalidDocumentVersion", f"Document version {version} does not exist.")
    if wanted and wanted != hashlib.sha256(content.encode()).hexdigest():
        raise ServiceError("InvalidDocument", f"document hash {wanted} does not match Sha256.")


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", f"1 validation error detected: {message}")
