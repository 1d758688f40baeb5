"""The reader against the simulated API server, over TLS and with tokens: what it says, and each fault's sentence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from moto import mock_aws

from fleetscan.aws.clients import Clients
from fleetscan.aws.cluster_access import EksClusterAccess
from fleetscan.kubernetes.reader import ApiClusterReader, cluster_reader
from fleetscan.kubernetes.session import PAGE_SIZE
from fleetscan.model import Node
from fleetscan.model.kubernetes import ClusterView, Ending, Manager, Status
from fleetscan.ports import ClusterAccess, ClusterEndpoint
from simulator.account import Account
from simulator.demo import environment
from simulator.kubernetes.api_faults import ApiFaults
from simulator.kubernetes.api_server import ApiServer
from simulator.kubernetes.authority import Authority
from simulator.kubernetes.objects import objects
from simulator.server import serving
from tests.fixtures.failing_fleet import CORDONED, LOST, PRESSED, failing_fleet

FLEET = failing_fleet()
NOW = float(int(time.time()))
"""The one time of everything here; whole, because Kubernetes' times are."""
LIVE = Node(instance_id=LOST, cluster="live")
LOST_NAME = FLEET.node(LOST).private_dns_name
PRESSED_NAME = FLEET.node(PRESSED).private_dns_name
MANIFEST = (
    "kubectl apply -f manifests/kubernetes-access.yaml grants it to the group fleetscan (docs/kubernetes-access.md)."
)
ENTRY = (
    "The cluster's API does not know this role: aws eks create-access-entry --cluster-name live --principal-arn ROLE "
    "--kubernetes-groups fleetscan adds it (docs/kubernetes-access.md)."
)
SUBNETS = (
    "deploy the stack with SubnetIds and SecurityGroupIds from which it can be reached on port 443 "
    "(docs/kubernetes-access.md)."
)


@dataclass
class Cluster:
    """A cluster that EKS knows, its API server, and a reader that reaches it; nobody sleeps and no time passes."""

    server: ApiServer
    access: EksClusterAccess
    waits: list[float] = field(default_factory=list)

    @property
    def reader(self) -> ApiClusterReader:
        """A reader as the function makes it."""
        return made(self.access, self.waits.append)

    def view(self, **faults: Any) -> ClusterView:  # noqa: ANN401 - the fields of Weather
        """Return what is read in some faults, which are over afterwards."""
        self.server.requests.clear()
        self.server.faults = ApiFaults(**faults)
        try:
            (view,) = self.reader.views([LIVE], deadline=NOW + 60)
        finally:
            self.server.faults = ApiFaults()
        return view


@pytest.fixture(scope="module")
def server() -> Iterator[ApiServer]:
    """Return an API server that EKS names as that of the cluster."""
    server = ApiServer("live", objects(lambda: FLEET, lambda: NOW), secret="testing")  # noqa: S106 - it opens nothing
    authority = Authority()
    with (
        environment(
            {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": FLEET.region}
        ),
        mock_aws(config={"core": {"mock_credentials": False}}),
        serving(server, authority.context()) as url,
    ):
        account = Account(FLEET)
        Clients().eks.create_cluster(name="live", roleArn="arn:aws:iam::123456789012:role/eks", resourcesVpcConfig={})
        account.open_api(url, authority.pem)
        yield server


@pytest.fixture
def cluster(server: ApiServer) -> Cluster:
    """Return the cluster and a reader of its own."""
    return Cluster(server, EksClusterAccess(Clients()))


def made(access: ClusterAccess, sleep: Callable[[float], None]) -> ApiClusterReader:
    """Return a reader as the function makes it, but for its clock, which stands still."""
    reader = cluster_reader(access, lambda: NOW, sleep)
    assert reader is not None
    return reader


class TestWhatItSays:
    """Without faults everything is known."""

    def test_each_node_is_known_by_its_instance(self, cluster: Cluster) -> None:
        """Sixteen nodes; what Kubernetes calls them leads to what EC2 calls them."""
        view = cluster.view()
        expected = {node.private_dns_name: node.instance_id for node in FLEET.nodes}

        assert view.problems == ()
        assert view.is_answered
        assert expected == {node.name: node.instance_id for node in view.nodes}

    def test_a_lost_node_has_its_condition_taints_heartbeat_and_event(self, cluster: Cluster) -> None:
        """Ready is Unknown since the kubelet fell silent, and the lease says for how long."""
        view = cluster.view()
        (node,) = (one for one in view.nodes if one.instance_id == LOST)
        ready = node.condition("Ready")

        assert ready is not None
        assert ready.since is not None
        assert node.lease_renewed_at is not None
        assert (ready.status, ready.reason) == (Status.UNKNOWN, "NodeStatusUnknown")
        assert round((view.at - ready.since).total_seconds()) == 540
        assert round((view.at - node.lease_renewed_at).total_seconds()) == 580
        assert [(taint.key, taint.effect) for taint in node.taints] == [
            ("node.kubernetes.io/unreachable", "NoSchedule"),
            ("node.kubernetes.io/unreachable", "NoExecute"),
        ]
        assert [event.reason for event in node.events] == ["NodeNotReady"]

    def test_a_cordoned_node_is_distinguished(self, cluster: Cluster) -> None:
        """Somebody has taken it out of service, which is no problem."""
        expected = [CORDONED]

        assert expected == [node.instance_id for node in cluster.view().nodes if node.is_cordoned]

    def test_events_worth_keeping_are_kept_and_the_others_are_not(self, cluster: Cluster) -> None:
        """By reason: NodeNotReady of a node is of type Normal, a failing image pull is a Warning."""
        view = cluster.view()
        expected = [
            ("Pod", "TaintManagerEviction"),
            ("Pod", "TaintManagerEviction"),
            ("Node", "NodeNotReady"),
            ("Pod", "NodeNotReady"),
            ("Node", "SystemOOM"),
            ("Pod", "TaintManagerEviction"),
            ("Node", "NodeHasInsufficientMemory"),
            ("Pod", "FailedScheduling"),
        ]

        assert sorted(expected) == sorted((event.kind, event.reason) for event in view.events)
        assert [event.at for event in view.events] == sorted(event.at for event in view.events)
        assert [event.count for event in view.events if event.reason == "FailedScheduling"] == [12]

    def test_pods_that_did_not_end_by_themselves_are_known_with_their_end(self, cluster: Cluster) -> None:
        """Evicted and still listed; taken off a lost node and gone; being deleted there; not the one that came back."""
        view = cluster.view()
        expected = {
            (Ending.EVICTED, "search-9b1c2d3e4f-evict", PRESSED_NAME),
            (Ending.TAINTED, "main-service-4ea5ee68fe-gone1", ""),
            (Ending.NODE_LOST, "main-service", LOST_NAME),
        }

        assert expected == {
            (end.ending, end.name if end.node != LOST_NAME else end.owner_name, end.node) for end in view.ends
        }
        assert [end.name for node in view.nodes if node.name == PRESSED_NAME for end in node.ends] == [
            "search-9b1c2d3e4f-evict"
        ]

    def test_each_daemonset_is_known_by_what_keeps_it_up_to_date(self, cluster: Cluster) -> None:
        """Add-ons of EKS bear Helm's label too, and what was applied by hand has no other trace than kubectl's."""
        expected = {
            "aws-node": (Manager.EKS_ADDON, "eks"),
            "kube-proxy": (Manager.EKS_ADDON, "eks"),
            "ebs-csi-node": (Manager.ARGO_CD, "argocd-controller"),
            "efs-csi-node": (Manager.OPERATOR, "manager"),
            "promtail": (Manager.HELM, "helm"),
            "weave-scope-agent": (Manager.NOBODY, "kubectl-client-side-apply"),
        }
        view = cluster.view()
        scope = next(one for one in view.daemonsets if one.name == "weave-scope-agent")

        assert expected == {one.name: (one.manager, one.changed_by) for one in view.daemonsets}
        assert scope.created_at is not None
        assert (view.at - scope.created_at).days == 1056
        assert (scope.desired, scope.ready, scope.images) == (16, 15, ("docker.io/weaveworks/scope:1.13.2",))

    def test_pods_of_a_node_come_with_requests_limits_and_kills(self, cluster: Cluster) -> None:
        """Asked for by node, and only then."""
        found = cluster.reader.pods("live", [PRESSED_NAME, "no-such-node"], deadline=NOW + 60)
        of_pressed = found[PRESSED_NAME]
        limits = {pod.owner_name: pod.memory_limit_bytes for pod in of_pressed.pods if pod.namespace == "live"}
        expected = {"checkout": 1536 << 20, "search": 2048 << 20, "gateway": 512 << 20, "main-service": None}

        assert expected == limits
        assert [(end.ending, end.owner_name) for end in of_pressed.ends] == [
            (Ending.OOM_KILLED, "search"),
            (Ending.EVICTED, "search"),
        ]
        assert found["no-such-node"].pods == ()

    def test_little_is_asked(self, cluster: Cluster) -> None:
        """One request for each question of a small cluster, and one for each node that is lost; never all pods."""
        cluster.view()
        asked = [urlsplit(request) for request in cluster.server.requests]
        pods = [parse_qs(one.query) for one in asked if one.path.endswith("/pods")]
        expected = [
            {"fieldSelector": ["status.phase=Failed"], "resourceVersion": ["0"]},
            {"fieldSelector": [f"spec.nodeName={LOST_NAME}"], "resourceVersion": ["0"]},
        ]

        assert expected == pods
        assert len(asked) == 7
        assert {parse_qs(one.query)["limit"][0] for one in asked if not one.path.endswith("/pods")} == {str(PAGE_SIZE)}


class TestFaults:
    """Each has its own sentence, which says what to do; whatever else can be read is read."""

    @pytest.mark.parametrize(
        ("resource", "where"),
        [("nodes", ""), ("pods", ""), ("events", ""), ("daemonsets", ""), ("leases", " in kube-node-lease")],
    )
    def test_a_list_that_rbac_denies(self, cluster: Cluster, resource: str, where: str) -> None:
        """Once, whatever how many lists of it there are, and the other lists are there."""
        view = cluster.view(forbidden=frozenset({resource}))
        expected = (f"Kubernetes does not allow this role to list {resource}{where}: {MANIFEST}",)

        assert expected == view.problems
        assert view.is_answered
        assert bool(view.nodes) == (resource != "nodes")
        assert bool(view.daemonsets) == (resource != "daemonsets")

    def test_leases_denied_are_heartbeats_unknown_and_not_missing(self, cluster: Cluster) -> None:
        """The age of a heartbeat that nobody may read is not an old one."""
        view = cluster.view(forbidden=frozenset({"leases"}))

        assert {node.lease_renewed_at for node in view.nodes} == {None}

    def test_a_manifest_that_was_never_applied(self, cluster: Cluster) -> None:
        """The cluster knows the role and allows it nothing: one sentence, for one command mends it."""
        view = cluster.view(is_bound=False)
        lists = "nodes, leases in kube-node-lease, events, daemonsets and pods"

        assert view.problems == (f"Kubernetes does not allow this role to list {lists}: {MANIFEST}",)
        assert not view.is_answered

    def test_a_role_without_an_access_entry(self, cluster: Cluster) -> None:
        """Said once, and nothing more is asked: one token, one new token."""
        view = cluster.view(has_access_entry=False)

        assert view.problems == (ENTRY,)
        assert not view.is_answered
        assert len(cluster.server.requests) == 2

    def test_an_expired_token_is_made_anew_once(self, cluster: Cluster) -> None:
        """Nobody notices."""
        view = cluster.view(refused_tokens=1)

        assert view.problems == ()
        assert len(view.nodes) == 16

    def test_a_token_for_another_cluster_opens_nothing(self, cluster: Cluster) -> None:
        """The cluster's name is signed with the URL."""
        endpoint = cluster.access.endpoint("live")
        other = EksClusterAccess(Clients())
        view = read(endpoint, lambda _: other.token("staging"))

        assert view.problems == (ENTRY,)

    def test_throttling_is_waited_for_as_long_as_the_server_asks(self, cluster: Cluster) -> None:
        """Three times a second, then it answers."""
        view = cluster.view(throttled=3)

        assert view.problems == ()
        assert cluster.waits == [1.0, 1.0, 1.0]

    def test_throttling_without_end(self, cluster: Cluster) -> None:
        """Each list is given up after four requests."""
        view = cluster.view(throttled=1_000)
        expected = tuple(
            f"The list of {what} could not be read: the API server is throttling requests (429)."
            for what in ("nodes", "node leases", "events of nodes", "events of pods", "DaemonSets", "failed pods")
        )

        assert expected == view.problems
        assert not view.is_answered
        assert len(cluster.server.requests) == 24

    def test_answers_that_are_no_json(self, cluster: Cluster) -> None:
        """The words of the decoder are shown, bounded; the other lists are read."""
        view = cluster.view(broken=1)

        (problem,) = view.problems
        expected = "The list of nodes could not be read: the API server's response is not valid Kubernetes JSON ("

        assert problem.startswith(expected)
        assert len(problem) < 400
        assert len(view.daemonsets) == 6

    def test_a_connection_that_breaks_in_the_middle_is_made_again(self, cluster: Cluster) -> None:
        """Once; the second time it is reported."""
        once, always = cluster.view(cut_short=1), cluster.view(cut_short=2)

        assert once.problems == ()
        (problem,) = always.problems
        assert problem.startswith("The list of nodes could not be read: the connection to the API server broke (")

    def test_a_server_with_problems_is_asked_again(self, cluster: Cluster) -> None:
        """A storage that elects a new leader answers 500 for a moment."""
        once, always = cluster.view(failing=2), cluster.view(failing=4)

        assert once.problems == ()
        assert always.problems == ("The list of nodes could not be read: the API server answered with status 500.",)

    @pytest.mark.parametrize("with_key_identifiers", [False, True])
    def test_a_certificate_of_eks_is_accepted(self, cluster: Cluster, *, with_key_identifiers: bool) -> None:
        """Python 3.13 by itself refuses one without key identifiers, and EKS has such authorities."""
        authority = Authority(with_key_identifiers=with_key_identifiers)
        server = ApiServer("live", objects(lambda: FLEET, lambda: NOW), secret="testing")  # noqa: S106 - it opens nothing
        with serving(server, authority.context()) as url:
            endpoint = replace(cluster.access.endpoint("live"), url=url, authority_pem=authority.pem)
            view = read(endpoint, cluster.access.token)

        assert view.problems == ()
        assert len(view.nodes) == len(FLEET.nodes)

    def test_a_certificate_for_another_name_is_refused(self, cluster: Cluster) -> None:
        """Chain and name are checked all the same."""
        url = cluster.access.endpoint("live").url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104 - this machine, by another name
        view = read(replace(cluster.access.endpoint("live"), url=url), cluster.access.token)

        expected = (
            "The certificate of the server at 0.0.0.0 was refused when it was checked against the cluster's "
            "authority (IP address mismatch, certificate is not valid for '0.0.0.0'), so nothing was sent to it."
        )

        assert view.problems == (expected,)

    def test_a_server_that_the_cluster_s_authority_did_not_sign_gets_no_token(self, cluster: Cluster) -> None:
        """Not even a token is sent."""
        cluster.server.requests.clear()
        endpoint = replace(cluster.access.endpoint("live"), authority_pem=Authority().pem)
        view = read(endpoint, cluster.access.token)
        expected = (
            "The certificate of the server at 127.0.0.1 was refused when it was checked against the cluster's "
            "authority (certificate signature failure), so nothing was sent to it."
        )

        assert view.problems == (expected,)
        assert cluster.server.requests == []

    @pytest.mark.parametrize(
        ("is_private", "why"),
        [
            (True, "is private and could not be reached: "),
            (False, "could not be reached; if access is limited to some networks, "),
        ],
    )
    def test_an_endpoint_that_cannot_be_reached(self, cluster: Cluster, is_private: bool, why: str) -> None:  # noqa: FBT001 - a case
        """Nobody listens there; with a private endpoint the sentence says that it is one."""
        endpoint = replace(cluster.access.endpoint("live"), url="https://127.0.0.1:9", is_private=is_private)
        view = read(endpoint, cluster.access.token)
        expected = (f"The cluster's API at 127.0.0.1 {why}{SUBNETS}",)

        assert expected == view.problems
        assert not view.is_answered

    def test_an_authority_that_is_no_certificate(self, cluster: Cluster) -> None:
        """EKS would never; a proxy in between might."""
        endpoint = replace(cluster.access.endpoint("live"), authority_pem="-----BEGIN nothing")
        expected = ("The certificate authority that EKS returned for the cluster is invalid: its API is not queried.",)

        assert expected == read(endpoint, cluster.access.token).problems

    def test_one_cluster_s_problem_is_not_another_s(self, cluster: Cluster) -> None:
        """A cluster that EKS does not know has its own sentence, and the next one is read."""
        views = cluster.reader.views([Node(instance_id="i-1", cluster="gone"), LIVE], deadline=NOW + 60)

        assert [(view.cluster, view.is_answered) for view in views] == [("gone", False), ("live", True)]
        assert (
            views[0]
            .problems[0]
            .startswith("The endpoint of the cluster's API could not be determined: ResourceNotFound")
        )


@dataclass
class Access:
    """Gives what it was given."""

    given: ClusterEndpoint
    make: Callable[[str], str]

    def endpoint(self, cluster: str) -> ClusterEndpoint:
        """Return the one, whatever the cluster."""
        assert cluster == "live"
        return self.given

    def token(self, cluster: str) -> str:
        """Return a token by the function."""
        return self.make(cluster)


def read(endpoint: ClusterEndpoint, token: Callable[[str], str]) -> ClusterView:
    """Return the view of an endpoint, however one came by it."""
    waits: list[float] = []
    (view,) = made(Access(endpoint, token), waits.append).views([LIVE], deadline=NOW + 60)
    return view


class TestPages:
    """A list of more than a page."""

    @pytest.fixture
    def many(self, cluster: Cluster) -> Iterator[Cluster]:
        """Return the cluster with a page and a half of nodes."""
        server, few = cluster.server, cluster.server.objects
        first = dict(few("Node")[0])
        nodes = [
            first | {"metadata": first["metadata"] | {"name": f"node-{number:04}"}}
            for number in range(PAGE_SIZE * 3 // 2)
        ]
        server.objects = lambda kind: nodes if kind == "Node" else few(kind)
        yield cluster
        server.objects = few

    def test_every_page_is_read(self, many: Cluster) -> None:
        """And each node once."""
        view = many.view()

        assert len({node.name for node in view.nodes}) == len(view.nodes) == 375
        assert many.server.counts["nodes"] == 2

    def test_pages_that_are_gone_are_begun_anew_once(self, many: Cluster) -> None:
        """From the first page, without the nodes of the first attempt."""
        view = many.view(gone=1)

        assert view.problems == ()
        assert len(view.nodes) == 375
        assert many.server.counts["nodes"] == 4

    def test_pages_that_are_gone_twice(self, many: Cluster) -> None:
        """What was read is kept, and it is said that it is a part."""
        view = many.view(gone=2)
        expected = (
            "The list of nodes was read in part, 250 of them: the list expired twice while it was read (410 Gone)."
        )

        assert view.problems == (expected,)
        assert len(view.nodes) == 250
