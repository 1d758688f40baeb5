"""Many accounts and Regions in one simulated AWS: a hub that scans, and spokes whose roles it has to assume.

moto distinguishes accounts by access key and Regions by signature; what moto lacks (Run Command, credit specifications)
is answered from the fleet of whoever calls. A role is assumed only with the external id it was deployed with.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
from moto.iam.models import get_account_id_from

from simulator import answer
from simulator.account import BUCKET_NAME, DOCUMENT_NAME, TABLE_NAME, Account
from simulator.call import Call, read
from simulator.calls import Calls
from simulator.cluster import WINDOW_SECONDS
from simulator.endpoint import Endpoint, Guard
from simulator.faults import Faults, Gate
from simulator.fleet import Fleet
from simulator.functions import Functions, Handler
from simulator.run_command import RunCommand
from simulator.server import moto, serving
from simulator.service_error import ServiceError
from simulator.state_machine import interpreting
from simulator.systems_manager import SystemsManager
from simulator.tree import plant

ROLE_NAME = "fleetscan-spoke"
EXTERNAL_ID = "simulated-hub-4b8e1c7d"
RUN_BUCKET_NAME = "fleetscan-runs"
_FORBIDDEN = 403


class Organisation:
    """The hub is the account and Region of the first fleet; it is a target like the others.

    ``closed`` are accounts whose role does not know this hub. ``guard`` is asked of every call whether its caller may
    make it; without one everybody may do everything.
    """

    def __init__(
        self,
        fleets: Sequence[Fleet],
        folder: Path,
        *,
        handlers: Mapping[str, Handler],
        closed: frozenset[str] = frozenset(),
        guard: Guard | None = None,
    ) -> None:
        self.fleets = fleets
        self.hub = fleets[0]
        self.calls = Calls()
        self.functions = Functions(handlers, account=self.hub.account, region=self.hub.region)
        self._folder = folder
        self._closed = closed
        self._guard = guard
        self._gate = Gate(Faults())
        self._exits = ExitStack()
        self._endpoints: dict[tuple[str, str], Endpoint] = {}
        self.accounts: dict[tuple[str, str], Account] = {}
        self.endpoint_url = ""

    def __enter__(self) -> Self:
        """Fill every account, open the port, and put the list of targets into the hub's bucket."""
        with ExitStack() as exits:
            exits.enter_context(interpreting())
            for fleet in self.fleets:
                self._open(fleet, exits)
            self.endpoint_url = exits.enter_context(serving(self))
            self._exits = exits.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the port, let scripts end, forget the accounts."""
        self._exits.close()

    def set_faults(self, faults: Faults) -> None:
        """Set the faults from now on, in every account and Region."""
        self._gate.faults = faults

    def list_targets(self, fleets: Sequence[Fleet] | None = None) -> None:
        """Write the list of targets as an operator would: by default every account and Region that there is."""
        places = [(fleet.account, fleet.region) for fleet in fleets or self.fleets]
        entries = [{"account": account, "regions": [region]} for account, region in places]
        client = boto3.client("s3", region_name=self.hub.region, endpoint_url=self.endpoint_url)
        client.create_bucket(
            Bucket=RUN_BUCKET_NAME,
            CreateBucketConfiguration={"LocationConstraint": self.hub.region},  # type: ignore[typeddict-item]  # a fleet's own
        )
        client.put_object(Bucket=RUN_BUCKET_NAME, Key="targets.json", Body=json.dumps({"targets": entries}).encode())

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that make boto3, the functions and moto's interpreter use this AWS."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "simulated",
            "AWS_SECRET_ACCESS_KEY": "simulated",
            "AWS_SESSION_TOKEN": "simulated",
            "AWS_REGION": self.hub.region,
            "AWS_DEFAULT_REGION": self.hub.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "MOTO_PORT": self.endpoint_url.rpartition(":")[2],
            "FLEETSCAN_BUCKET_NAME": BUCKET_NAME,
            "FLEETSCAN_DOCUMENT_NAME": DOCUMENT_NAME,
            "FLEETSCAN_TABLE_NAME": TABLE_NAME,
            "FLEETSCAN_TOPIC_ARN": self.accounts[self.hub.account, self.hub.region].topic_arn,
            "FANOUT_BUCKET": RUN_BUCKET_NAME,
            "FANOUT_EXTERNAL_ID": EXTERNAL_ID,
            "FANOUT_ROLE_NAME": ROLE_NAME,
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401  # WSGI's own
        """Answer one request from the account and Region that it is for."""
        call = read(environ)
        if call is None:
            return moto()(environ, start_response)
        endpoint = self._endpoints.get((get_account_id_from(call.access_key), call.region))
        try:
            self._admit(call)
            if call.service == "lambda":
                self.calls.record(call.service, call.action)
                return self.functions.invoke(call).start(start_response)
            if endpoint is None and self._guard is not None:
                self._guard(call)
        except ServiceError as refused:
            self.calls.record(call.service, call.action)
            return answer.error(call.protocol, refused).start(start_response)
        if endpoint is None:
            self.calls.record(call.service, call.action)
            return moto()(environ, start_response)
        return endpoint(environ, start_response)

    def _admit(self, call: Call) -> None:
        """Refuse to assume a role that is not there, that does not know this hub, or with another external id."""
        if (call.service, call.action) != ("sts", "AssumeRole"):
            return
        given = call.parameters()
        account, _, role = given["RoleArn"].split(":", 4)[4].partition(":role/")
        is_known = account in {fleet.account for fleet in self.fleets} - self._closed and role == ROLE_NAME
        if not is_known or given.get("ExternalId") != EXTERNAL_ID:
            message = f"User is not authorized to perform: sts:AssumeRole on resource: {given['RoleArn']}"
            raise ServiceError("AccessDenied", message, _FORBIDDEN)

    def _open(self, fleet: Fleet, exits: ExitStack) -> None:
        key = (fleet.account, fleet.region)
        account = Account(fleet, is_first=not self.accounts)
        if not self.accounts:
            exits.callback(account.close)
        self.accounts[key] = account
        account.fill()
        folder = self._folder / "-".join(key)
        roots = {
            node.instance_id: plant(fleet, node, folder / node.instance_id / "tree")
            | {"WINDOW_SECONDS": str(WINDOW_SECONDS)}
            for node in fleet.nodes
        }
        run_command = RunCommand(
            fleet,
            folder=folder,
            roots=lambda node: roots[node.instance_id],
            terminate=account.terminate,
            clock=time.time,
            hang_seconds=2,
        )
        exits.callback(run_command.close)
        self._endpoints[key] = Endpoint(
            moto(),
            fleet=fleet,
            systems_manager=SystemsManager(run_command, account.document, clock=time.time),
            gate=self._gate,
            calls=self.calls,
            guard=self._guard,
        )
