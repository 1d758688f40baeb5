"""The reader and the project's manifest against a real kube-apiserver: RBAC, field selectors, pages and 410 for real.

And the simulated API server beside it: the same reader must say the same of the same fleet.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from fleetscan.aws.clients import Clients
from fleetscan.aws.cluster_access import EksClusterAccess
from fleetscan.kubernetes import questions
from fleetscan.kubernetes.listing import listed
from fleetscan.kubernetes.reader import ApiClusterReader, cluster_reader
from fleetscan.kubernetes.session import PAGE_SIZE, Session
from fleetscan.model import Node
from fleetscan.model.kubernetes import ClusterView
from fleetscan.ports import ClusterEndpoint
from simulator.demo import environment
from simulator.kubernetes.api_server import ApiServer
from simulator.kubernetes.authority import Authority
from simulator.kubernetes.description import operations
from simulator.kubernetes.objects import MAKERS, objects
from simulator.server import serving
from tests.fixtures.failing_fleet import LOST, PRESSED, failing_fleet
from tests.fixtures.real_api_server import RealApiServer, running

FLEET = failing_fleet()
NOW = float(int(time.time()))
SECRET = "testing"  # noqa: S105 - it opens nothing
LIVE = Node(instance_id=LOST, cluster="live")


@dataclass
class Given:
    """An endpoint that is known, and the tokens that the project makes."""

    found: ClusterEndpoint
    tokens: EksClusterAccess

    def endpoint(self, cluster: str) -> ClusterEndpoint:
        """Return the one there is."""
        assert cluster == "live"
        return self.found

    def token(self, cluster: str) -> str:
        """Return a presigned call."""
        return self.tokens.token(cluster)


@pytest.fixture(scope="module", autouse=True)
def credentials() -> Iterator[None]:
    """Sign with a secret that opens nothing."""
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": FLEET.region}
    with environment(keys):
        yield


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealApiServer]:
    """Return a real API server with the fleet in it, to which the manifest was applied."""
    with running(tmp_path_factory.mktemp("apiserver"), cluster="live", secret=SECRET) as server:
        given = objects(lambda: FLEET, lambda: NOW)
        server.apply_manifest()
        for namespace in sorted({workload.namespace for workload in FLEET.workloads.values()} - {"kube-system"}):
            server.create("Namespace", {"metadata": {"name": namespace}})
        for kind in MAKERS:
            for one in given(kind):
                server.create(kind, one)
        yield server


def reader(url: str, authority_pem: str) -> ApiClusterReader:
    """Return a reader of an API server; its clock stands still."""
    access = Given(ClusterEndpoint(url=url, authority_pem=authority_pem), EksClusterAccess(Clients()))
    made = cluster_reader(access, lambda: NOW, time.sleep)
    assert made is not None
    return made


def view(url: str, authority_pem: str) -> ClusterView:
    """Return what a reader says of an API server."""
    (found,) = reader(url, authority_pem).views([LIVE], deadline=NOW + 120)
    return found


def level(found: ClusterView) -> ClusterView:
    """Return a view without what only a server gives: ids, and when an object was created or written."""
    nodes = tuple(
        replace(
            node,
            events=tuple(replace(event, uid="", subject_uid="") for event in node.events),
            ends=tuple(replace(end, uid="", at=None) for end in node.ends),
        )
        for node in found.nodes
    )
    return replace(
        found,
        nodes=nodes,
        daemonsets=tuple(replace(one, created_at=None, changed_at=None) for one in found.daemonsets),
        events=by_words(replace(event, uid="", subject_uid="") for event in found.events),
        ends=by_words(replace(end, uid="", at=None) for end in found.ends),
    )


def by_words[V](values: Iterable[V]) -> tuple[V, ...]:
    """Return values in an order of their own."""
    return tuple(sorted(values, key=repr))


def test_the_simulated_api_server_says_what_a_real_one_says(real: RealApiServer) -> None:
    """Of the same fleet, through the same reader: nodes, heartbeats, events, ends, DaemonSets and their managers."""
    simulated = ApiServer("live", objects(lambda: FLEET, lambda: NOW), secret=SECRET)
    authority = Authority()
    with serving(simulated, authority.context()) as url:
        expected = level(view(url, authority.pem))

    assert expected.problems == ()
    assert len(expected.nodes) == 16
    assert expected == level(view(real.url, real.authority_pem))


def test_pods_of_a_node_are_found_by_index(real: RealApiServer) -> None:
    """Those of the one node, with requests, limits and kills."""
    name = FLEET.node(PRESSED).private_dns_name
    found = reader(real.url, real.authority_pem).pods("live", [name], deadline=NOW + 60)[name]
    expected = {"checkout": 1536 << 20, "search": 2048 << 20, "gateway": 512 << 20, "main-service": None}

    assert expected == {pod.owner_name: pod.memory_limit_bytes for pod in found.pods if pod.namespace == "live"}
    assert sorted(end.ending for end in found.ends) == ["evicted", "oom_killed"]


def test_a_token_for_another_cluster_is_refused(real: RealApiServer) -> None:
    """By the webhook, as EKS has one."""

    class Stolen(Given):
        """Tokens that were made for somebody else."""

        def token(self, cluster: str) -> str:
            return self.tokens.token(f"not-{cluster}")

    access = Stolen(ClusterEndpoint(url=real.url, authority_pem=real.authority_pem), EksClusterAccess(Clients()))
    made = cluster_reader(access, lambda: NOW, time.sleep)
    assert made is not None
    (found,) = made.views([LIVE], deadline=NOW + 60)

    assert not found.is_answered
    assert found.problems[0].startswith("The cluster's API does not know this role: ")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/secrets",
        "/api/v1/configmaps",
        "/api/v1/namespaces",
        "/apis/apps/v1/deployments",
        "/apis/coordination.k8s.io/v1/leases",
        "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases",
        "/api/v1/nodes?watch=true",
    ],
)
def test_the_manifest_allows_nothing_else(real: RealApiServer, path: str) -> None:
    """Judged by Kubernetes' own RBAC."""
    token = EksClusterAccess(Clients()).token("live")
    answer = real.administrator.get(path, headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_nothing_can_be_written(real: RealApiServer, method: str) -> None:
    """Neither made nor deleted, where it may be listed too."""
    token = EksClusterAccess(Clients()).token("live")
    path = "/api/v1/nodes" if method == "POST" else f"/api/v1/nodes/{FLEET.nodes[0].private_dns_name}"
    answer = real.administrator.request(
        method, path, json={"metadata": {"name": "x"}}, headers={"Authorization": f"Bearer {token}"}
    )

    assert answer.status_code == 403


def test_a_role_that_lost_its_binding_is_told_how_to_get_it_back(real: RealApiServer) -> None:
    """Without the part for leases everything else is read."""
    real.remove("RoleBinding", "fleetscan", "kube-node-lease")
    try:
        found = view(real.url, real.authority_pem)
    finally:
        real.create(
            "RoleBinding",
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "metadata": {"name": "fleetscan", "namespace": "kube-node-lease"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "fleetscan"},
                "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "fleetscan"}],
            },
        )
    expected = (
        "Kubernetes does not allow this role to list leases in kube-node-lease: kubectl apply -f "
        "manifests/kubernetes-access.yaml grants it to the group fleetscan (docs/kubernetes-access.md)."
    )

    assert found.problems == (expected,)
    assert len(found.nodes) == 16


def test_pages_that_the_storage_has_forgotten_are_begun_anew(real: RealApiServer) -> None:
    """A real 410: the storage is compacted between two pages."""
    for number in range(PAGE_SIZE + 10):
        lease = {"metadata": {"name": f"node-{number:04}", "namespace": "kube-node-lease"}, "spec": {}}
        real.create("Lease", lease)
    endpoint = ClusterEndpoint(url=real.url, authority_pem=real.authority_pem)
    lists: list[bool] = []

    with Session(
        endpoint,
        token=lambda: EksClusterAccess(Clients()).token("live"),
        clock=lambda: NOW,
        sleep=time.sleep,
        deadline=NOW + 60,
    ) as session:

        def compacted(question: questions.Question, *, is_paged: bool) -> Iterator[Any]:
            """Yield a list's objects; after the first page of the first list the storage forgets its version."""
            lists.append(is_paged)
            for at, one in enumerate(session.objects(question, is_paged=is_paged)):
                if at == 0 and len(lists) == 1:
                    real.forget()
                yield one

        found = listed(
            compacted,
            questions.LEASES,
            lambda lease: lease.metadata.name,
            most=10_000,
            explain=lambda error, _, read: f"{error} after {read}",
        )

    assert found.problem == ""
    assert lists == [True, True]
    assert len(set(found.values)) == len(found.values) == PAGE_SIZE + 10 + 16


def test_the_description_that_the_simulator_keeps_is_this_server_s(real: RealApiServer) -> None:
    """Every list and every parameter of it, with its type."""
    served: Mapping[str, Any] = real.administrator.get("/openapi/v2").json()["paths"]
    expected = {operation.path: dict(operation.parameters) for operation in operations()}

    assert expected == {
        path: {
            one["name"]: one["type"]
            for one in (*served[path]["get"].get("parameters", ()), *served[path].get("parameters", ()))
            if one["in"] == "query"
        }
        for path in expected
    }
