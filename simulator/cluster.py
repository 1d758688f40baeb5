"""A whole simulated AWS as a context manager: endpoint, account, fleet, and agents that really run the script."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simulator.account import BUCKET_NAME, DOCUMENT_NAME, TABLE_NAME, Account
from simulator.calls import Calls
from simulator.endpoint import Endpoint, Guard
from simulator.faults import Faults, Gate
from simulator.fleet import Fleet, FleetNode
from simulator.kubernetes.api_server import ApiServer
from simulator.kubernetes.authority import Authority
from simulator.kubernetes.objects import objects
from simulator.run_command import RunCommand
from simulator.server import moto, serving
from simulator.systems_manager import SystemsManager
from simulator.tree import plant

SECRET_ACCESS_KEY = "simulated"  # noqa: S105 - it opens nothing
WINDOW_SECONDS = 0
"""What the script waits between its samples here; the rates are those of the trees whatever it waits."""


class SimulatedAws:
    """AWS as a fleet's data describe it, on a port of this machine.

        with SimulatedAws(fleet.load("incident"), folder) as aws:
            client = boto3.client("ssm", endpoint_url=aws.endpoint_url, ...)

    ``folder`` is written to: one tree for each node. ``hang_seconds`` is when a node that hangs runs into its time
    limit. With ``has_kubernetes`` the cluster's API answers too. ``guard`` is asked of every call whether its caller
    may make it; without one everybody may do everything. There can be one at a time in a process.
    """

    def __init__(
        self,
        fleet: Fleet,
        folder: Path,
        *,
        faults: Faults | None = None,
        window_seconds: int = WINDOW_SECONDS,
        delivery_seconds: float = 0.0,
        hang_seconds: float = 20.0,
        has_kubernetes: bool = False,
        guard: Guard | None = None,
    ) -> None:
        self.fleet = fleet
        self.calls = Calls()
        self._folder = folder
        self._gate = Gate(faults or Faults())
        self._window_seconds = window_seconds
        self._delivery_seconds = delivery_seconds
        self._hang_seconds = hang_seconds
        self._has_kubernetes = has_kubernetes
        self._guard = guard
        self.kubernetes = ApiServer(fleet.cluster, objects(lambda: self.fleet, time.time), secret=SECRET_ACCESS_KEY)
        """The API server of the fleet's cluster; it listens where the AWS has Kubernetes."""
        self._roots: dict[str, dict[str, str]] = {}
        self._exits = ExitStack()
        self.endpoint_url = ""

    def __enter__(self) -> Self:
        """Plant the trees, fill the account, open the port."""
        with ExitStack() as exits:
            self._account = Account(self.fleet)
            exits.callback(self._account.close)
            self._account.fill()
            for node in self.fleet.nodes:
                self._plant(node)
            self._run_command = RunCommand(
                self.fleet,
                folder=self._folder,
                roots=lambda node: self._roots[node.instance_id],
                terminate=self._account.terminate,
                clock=time.time,
                delivery_seconds=self._delivery_seconds,
                hang_seconds=self._hang_seconds,
            )
            exits.callback(self._run_command.close)
            self._endpoint = Endpoint(
                moto(),
                fleet=self.fleet,
                systems_manager=SystemsManager(self._run_command, self._account.document, clock=time.time),
                gate=self._gate,
                calls=self.calls,
                guard=self._guard,
            )
            self.endpoint_url = exits.enter_context(serving(self._endpoint))
            if self._has_kubernetes:
                authority = Authority()
                url = exits.enter_context(serving(self.kubernetes, authority.context()))
                self._account.open_api(url, authority.pem)
            self._exits = exits.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the port, let scripts end, forget the account."""
        self._exits.close()

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that make boto3 and the function use this AWS; the credentials open nothing."""
        access = {"FLEETSCAN_KUBERNETES_ACCESS": "on" if self._has_kubernetes else "off"}
        return environment_of(self.fleet, self.endpoint_url, self._account.topic_arn) | access

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The notifications that were sent so far, oldest first."""
        return self._account.messages()

    @property
    def roots(self) -> Mapping[str, Mapping[str, str]]:
        """Instance id -> the environment of the script on that node."""
        return self._roots

    def tree(self, instance_id: str) -> Path:
        """Return the folder of a node's tree, for ``fleetscan node --root``."""
        return self._folder / instance_id / "tree"

    def set_faults(self, faults: Faults) -> None:
        """Set the faults from now on."""
        self._gate.faults = replace(faults)

    def become(self, fleet: Fleet, folder: Path) -> None:
        """Let the same account's nodes be those of another fleet from now on, with their trees in another folder.

        What the account remembers stays: its table, its topic and queue. Instances neither come nor go.
        """
        self.fleet = self._run_command.fleet = self._endpoint.fleet = fleet
        self._folder = folder
        self._account.measure_anew(fleet)
        for node in fleet.nodes:
            self._plant(node)

    def _plant(self, node: FleetNode) -> None:
        tree = self.tree(node.instance_id)
        if tree.exists():
            shutil.rmtree(tree)  # of an earlier run in the same folder
        environment = plant(self.fleet, node, tree)
        self._roots[node.instance_id] = environment | {"WINDOW_SECONDS": str(self._window_seconds)}


def environment_of(fleet: Fleet, endpoint_url: str, topic_arn: str) -> dict[str, str]:
    """Return what makes boto3 and the function use a simulated AWS; the credentials open nothing."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": "simulated",
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_SESSION_TOKEN": "simulated",
        "AWS_REGION": fleet.region,
        "AWS_DEFAULT_REGION": fleet.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "FLEETSCAN_BUCKET_NAME": BUCKET_NAME,
        "FLEETSCAN_DOCUMENT_NAME": DOCUMENT_NAME,
        "FLEETSCAN_DOCUMENT_VERSION": "1",
        "FLEETSCAN_TABLE_NAME": TABLE_NAME,
        "FLEETSCAN_TOPIC_ARN": topic_arn,
    }
