"""The simulated API server itself: its objects are Kubernetes', and it is as strict as Kubernetes is."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from fleetscan.aws.clients import Clients
from fleetscan.aws.cluster_access import EksClusterAccess
from fleetscan.kubernetes.reader import cluster_reader
from fleetscan.model import Node
from fleetscan.settings import read
from simulator.cluster import SimulatedAws
from simulator.demo import environment
from simulator.kubernetes.api_faults import ApiFaults
from simulator.kubernetes.api_server import ApiServer
from simulator.kubernetes.objects import MAKERS, objects
from tests.fixtures.failing_fleet import failing_fleet

FLEET = failing_fleet()
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KINDS = {"Node": "v1", "Pod": "v1", "Event": "v1", "DaemonSet": "apps/v1", "Lease": "coordination.k8s.io/v1"}
VERSIONS = ("1.29", "1.37")
"""That of the fleet, and the newest whose schema there is."""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", MAKERS)
def test_each_object_that_is_served_is_valid(kind: str, version: str) -> None:
    """Against Kubernetes' own schema, strictly: no field that it does not know, none that it misses."""
    made = MAKERS[kind](FLEET, NOW)

    assert made
    for one in made:
        kubernetes_validate.validate({"kind": kind, "apiVersion": KINDS[kind]} | one, version, strict=True)


def test_the_schema_finds_what_is_wrong() -> None:
    """It is not one that takes everything."""
    node = MAKERS["Node"](FLEET, NOW)[0] | {"kind": "Node", "apiVersion": "v1", "unheard": 1}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(node, "1.37", strict=True)


class TestServer:
    """One request at a time, without a socket."""

    @pytest.fixture
    def token(self) -> Iterator[str]:
        """Return a token of the testing credentials."""
        keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "ap-south-1"}
        with environment(keys):
            yield EksClusterAccess(Clients()).token("live")

    @pytest.fixture
    def server(self) -> ApiServer:
        """Return an API server."""
        return ApiServer("live", objects(lambda: FLEET, time.time), secret="testing")  # noqa: S106 - it opens nothing

    def ask(self, server: ApiServer, path: str, token: str, method: str = "GET") -> tuple[int, dict[str, Any]]:
        """Return status and body of an answer."""
        begun: list[str] = []
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "HTTP_AUTHORIZATION": f"Bearer {token}",
            "wsgi.input": io.BytesIO(),
        }
        body = b"".join(server(environ, lambda status, _: begun.append(status)))
        return int(begun[0].partition(" ")[0]), json.loads(body)

    @pytest.mark.parametrize(
        ("path", "method", "expected"),
        [
            ("/api/v1/nodes", "GET", 200),
            ("/api/v1/nodes", "DELETE", 405),
            ("/api/v1/secrets", "GET", 404),
            ("/api/v1/nodes?watch=yes", "GET", 400),
            ("/api/v1/nodes?limit=-1", "GET", 400),
            ("/api/v1/nodes?unheard=1", "GET", 400),
            ("/api/v1/nodes?fieldSelector=status.phase%3DReady", "GET", 400),
            ("/api/v1/pods?fieldSelector=spec.nodeName", "GET", 400),
            ("/api/v1/nodes?continue=nonsense", "GET", 400),
            ("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", "GET", 200),
            ("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases", "GET", 403),
        ],
    )
    def test_it_answers_what_kubernetes_describes(
        self, server: ApiServer, token: str, path: str, method: str, expected: int
    ) -> None:
        """And refuses the rest with the status that Kubernetes has for it."""
        assert expected == self.ask(server, path, token, method)[0]

    @pytest.mark.parametrize("bad", ["", "k8s-aws-v1.!!", "k8s-aws-v1.aHR0cHM6Ly9zdHM", "eyJhbGciOi"])
    def test_what_is_no_token_is_refused(self, server: ApiServer, bad: str) -> None:
        """With no word about why."""
        code, body = self.ask(server, "/api/v1/nodes", bad)

        assert (code, body["message"]) == (401, "Unauthorized")

    def test_pages_follow_one_another(self, server: ApiServer, token: str) -> None:
        """Seven at a time, in the order of their names, each once."""
        names: list[str] = []
        query, pages = "limit=7", 0
        while query:
            _, body = self.ask(server, f"/api/v1/nodes?{query}", token)
            names += [one["metadata"]["name"] for one in body["items"]]
            pages += 1
            more = body["metadata"].get("continue", "")
            query = f"limit=7&continue={more}" if more else ""
        expected = sorted(node.private_dns_name for node in FLEET.nodes)

        assert expected == names
        assert pages == 3

    def test_a_counted_fault_is_over_when_it_has_been_counted(self, server: ApiServer, token: str) -> None:
        """Each in turn."""
        server.faults = ApiFaults(throttled=1, failing=1)
        expected = [429, 500, 200]

        assert expected == [self.ask(server, "/api/v1/nodes", token)[0] for _ in range(3)]


def test_a_simulated_aws_leads_to_its_cluster_s_api(tmp_path: Path) -> None:
    """Its environment turns access on, its EKS names the endpoint, and what the fleet becomes is what is served."""
    small = replace(FLEET, nodes=FLEET.nodes[:1], cluster_events=(), failed_pods=())
    with SimulatedAws(small, tmp_path, has_kubernetes=True) as aws, environment(aws.environment):
        access = EksClusterAccess(Clients(endpoint_url=aws.endpoint_url))
        reader = cluster_reader(access, time.time, time.sleep)
        assert reader is not None
        (view,) = reader.views([Node(instance_id="i-1", cluster="live")], deadline=time.time() + 60)
        calls = aws.calls.counts
        wanted = read({"FLEETSCAN_KUBERNETES_ACCESS": aws.environment["FLEETSCAN_KUBERNETES_ACCESS"]})

    assert view.problems == ()
    assert [node.instance_id for node in view.nodes] == [FLEET.nodes[0].instance_id]
    assert wanted.kubernetes_access
    assert calls == {"eks:DescribeCluster": 1}
