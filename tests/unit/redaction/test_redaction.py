"""A recording without the names of its owner: none of them is left, and what follows from them stays."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.capture.procfs import SOURCES
from fleetscan.capture.procfs.images import letters, narrow_hash, number, repository_hash, repository_of
from fleetscan.fleet.workload import Kind, owner
from fleetscan.model.disk_limits import DiskLimits, VolumeLimits
from fleetscan.model.recording import RESOURCES, RecordedList, Recording
from fleetscan.recorded.folder import load
from fleetscan.redaction import capture, cluster
from fleetscan.redaction.names import Names
from fleetscan.redaction.recording import redacted
from fleetscan.redaction.text import kernel_line, message, sentence
from tests.fixtures.recorded_fleet import SICK, entry, write, write_cluster

WORDS = st.sampled_from(
    [
        *("metadata", "name", "namespace", "labels", "ownerReferences", "kind", "managedFields", "fieldsV1", "manager"),
        *("spec", "template", "containers", "image", "taints", "key", "status", "conditions", "message", "source"),
        *("involvedObject", "f:spec", "f:template", "f:containers", "host", "containerStatuses", "uid", "x"),
    ]
)
HASH = letters(repository_hash("acme/checkout"))
NARROW = narrow_hash("acme/checkout")
JSON = st.lists(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
        max_leaves=15,
    ).filter(lambda one: isinstance(one, dict)),
    max_size=3,
)
CAPTURE = f"""fleetscan-capture 1
@first
@last
@host
kernel 6.1.141-155.222.amzn2023.x86_64
@tasks
processes 52
zombie_parent 5150 40 acme-reaper
@sockets
total count=3 rmem_bytes=1 netns_read=2 netns_failed=0
netlink host 1100800000 0 7 4077 guard acme/guard-hpdkg agent registry.acme.io/acme/guard:3.1
packet host 1 0 8 9 tcpdump - - -
netlink host 1 0 9 10 scope weave/weave-scope-agent-x7k2p scope-agent docker.io/weaveworks/scope:1.13.2
@images
{HASH} {NARROW} 86157680 5
@containers
0a1b2c3d4e5f shop/checkout-6c9f7d5b8-x2x9q checkout 123456789012.dkr.ecr.us-east-1.amazonaws.com/acme/checkout:main
2c3d4e5f6071 kube-system/kube-proxy-9p2vd proxy 602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy:v1.29.1
@kernel_log
read lines=4 oldest_age_seconds=7551360
oom_kill 3 oom-kill:constraint=CONSTRAINT_NONE,task_memcg=/system.slice/acme-billing.service,task=billd,pod=shop/cart-0
io_error 9 server 10.1.2.3 of shop, 2a05:d018::17, 0a:58:0a:f4:00:01, ip-10-0-0-2
@filesystems
/ nvme0n1p1 xfs rw rw 223456789012 98765432109 10485760 10304512
/mnt/acme-billing mapper/acme-guard ext4 rw ro 5 5 5 5
@waiting
7005 billd shop/cart-0
@journal
read lines=300
pleg 41 Skipping pod shop/checkout-6c9f7d5b8-x2x9q: PLEG is not healthy: pleg was last seen active 3m7s ago
@disks
nvme1n1 reads=1 writes=1 read_ms=1 write_ms=1 busy_ms=1 queue_ms=1 in_flight=1 volume=vol-0abc12def345
@future_section
shop/checkout-6c9f7d5b8-x2x9q acme-thing 12
@end summary triggers=slab dropped=- unreadable=-
"""
NAMES: tuple[str, ...] = (
    "acme",
    "guard",
    "hpdkg",
    "checkout",
    "6c9f7d5b8",
    "x2x9q",
    "shop",
    "cart",
    "billd",
    "billing",
    "123456789012",
)
NAMES += (
    "vol-0abc12def345",
    "weave-scope-agent",
    "scope-agent",
    "10.1.2.3",
    "10-0-0-2",
    "2a05",
    "0a:58",
    HASH,
    str(NARROW),
)


def twice(text: str) -> str:
    """Return a capture as a recording's are redacted: learnt first."""
    names = Names()
    capture.redacted(names, text)
    return capture.redacted(names, text)


class TestCapture:
    """The text of one node."""

    def test_no_name_is_left_and_the_format_stays(self) -> None:
        """Line by line, with as many words in each."""
        new = twice(CAPTURE)

        assert [name for name in NAMES if name in new] == []
        assert [len(line.split(" ")) for line in new.split("\n")] == [
            len(line.split(" ")) for line in CAPTURE.split("\n")
        ]

    def test_what_everybody_has_stays(self) -> None:
        """Kernel, capture agents, shipped images, kube-system."""
        new = twice(CAPTURE)

        assert "kernel 6.1.141-155.222.amzn2023.x86_64" in new
        assert " tcpdump - - -" in new
        assert "docker.io/weaveworks/scope:1.13.2" in new
        assert (
            "kube-system/kube-proxy-9p2vd proxy 602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy:v1.29.1"
            in new
        )
        assert "oom-kill:constraint=CONSTRAINT_NONE,task_memcg=/system.slice/" in new

    def test_figures_of_disks_and_file_systems_stay(self) -> None:
        """Bytes of twelve digits are no account."""
        new = twice(CAPTURE)

        assert "\n/ nvme0n1p1 xfs rw rw 223456789012 98765432109 10485760 10304512\n" in new
        assert "in_flight=1 volume=vol-00000000000000001\n" in new

    def test_an_image_is_found_by_its_hash_as_before(self) -> None:
        """The hash of the new name where the name is given, one that is nobody's where it is not."""
        new = twice(CAPTURE)
        (image,) = re.findall(r"registry-\d\.example/\S+:tag1", new)
        (hashes,) = re.findall(r"@images\n(.*)", new)
        wide, *others = hashes.split(" ")
        narrow, listed, unseen = map(int, others)

        assert (number(wide), narrow) == (repository_hash(repository_of(image)), narrow_hash(repository_of(image)))
        assert listed == 86_157_680
        assert unseen not in {5, narrow}

    def test_of_every_section_that_is_read_it_is_known_where_names_stand(self) -> None:
        """A new section has its columns in ``redaction/capture.py``, or is one without names."""
        assert {source.section for source in SOURCES} - capture.sections() == set()

    @pytest.mark.parametrize(
        "long", ["a" * 60_000, "a-" * 30_000, "a/" * 30_000, "9" * 60_000, "a:" * 30_000, "x.y=" * 9_000]
    )
    def test_a_line_without_end_is_no_reason_to_wait(self, long: str) -> None:
        """In any section."""
        text = "\n".join(f"@{section}\n{long}\n1 {long}" for section in [*sorted(capture.sections()), "else"])

        assert twice(text).startswith("@")

    @given(st.text(st.characters(codec="ascii"), max_size=300))
    def test_whatever_a_node_prints_it_is_text_again(self, text: str) -> None:
        """A hostile node ends no redaction."""
        assert isinstance(twice(f"fleetscan-capture 1\n@sockets\n{text}\n@kernel_log\n{text}"), str)


class TestNames:
    """One name, one replacement, that shows what the name shows."""

    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("checkout-6c9f7d5b8-x2x9q", Kind.DEPLOYMENT),
            ("agent-x7k2p", Kind.POD),
            ("kafka-0", Kind.STATEFULSET),
            ("static", Kind.POD),
        ],
    )
    def test_a_pod_shows_its_owner(self, name: str, kind: Kind) -> None:
        """And pods of one owner still are."""
        names = Names()
        new = owner(names.pod(f"shop/{name}"))

        assert new is not None
        assert new.kind is kind
        assert new.name == names.workload(name.partition("-")[0])
        assert new.namespace == names.namespace("shop")

    def test_two_names_are_never_one(self) -> None:
        """However many there are."""
        names = Names()
        pods = {names.pod(f"shop/agent-{one}{two}{three}xx") for one in "bcdf" for two in "bcdf" for three in "bcdf"}

        assert len(pods) == 64

    @pytest.mark.parametrize(
        "image",
        [
            "docker.io/weaveworks/scope:1.13.2",
            "weaveworks/scope",
            "quay/weaveworks/scope:1",
            "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/coredns:v1.11.1-eksbuild.9",
        ],
    )
    def test_a_shipped_image_stays(self, image: str) -> None:
        """Behind the usual mirrors too."""
        assert Names().image(image) == image

    @pytest.mark.parametrize(
        ("image", "new"),
        [
            ("registry.acme.io/acme/shop:3.1", "registry-1.example/img-1:3.1"),
            ("acme/shop:prod-7", "img-1:tag1"),
            (
                "registry.acme.io/acme-mirror/weaveworks/scope:1.13.2",
                "registry-1.example/mirror-1/weaveworks/scope:1.13.2",
            ),
            ("acme/kube-proxy:v1.29", "mirror-1/kube-proxy:v1.29"),
        ],
    )
    def test_every_other_image_is_replaced(self, image: str, new: str) -> None:
        """Registry, repository and tag."""
        assert Names().image(image) == new


class TestSentences:
    """What is said in words."""

    def test_a_name_is_replaced_inside_of_a_sentence(self) -> None:
        """As it is where it stands alone."""
        names = Names()
        pod, host = names.pod("shop/checkout-6c9f7d5b8-x2x9q"), names.host("ip-10-0-0-2.ec2.internal")

        said = "Preempted by shop/checkout-6c9f7d5b8-x2x9q on node ip-10-0-0-2.ec2.internal"
        assert message(names, said) == f"Preempted by {pod} on node {host}"
        assert sentence(names, "i-0123456789abcdef0 of 123456789012.") == (
            f"{names.instance('i-0123456789abcdef0')} of {names.account('123456789012')}."
        )

    def test_a_name_that_is_nowhere_else_is_replaced_by_its_form(self) -> None:
        """A pod that is gone, a container that is in no list, an address."""
        said = (
            "Cancelling deletion of Pod shop/cart-7: Container checkout was using 812Mi at 10.9.8.7; see acme-runbook"
        )
        new = message(Names(), said)

        assert [name for name in ("shop", "cart", "checkout", "10.9.8.7", "acme") if name in new] == []
        assert new.startswith("Cancelling deletion of Pod ")
        assert " was using 812Mi at 198.18." in new

    def test_words_of_a_sentence_are_no_names(self) -> None:
        """A container may be called ``node``."""
        names = Names()
        names.container("node")

        assert message(names, "The node was low on resource: memory.") == "The node was low on resource: memory."

    def test_kernel_s_words_stay(self) -> None:
        """The rules read them."""
        line = "INFO: task kworker/u4:2:5150 blocked for more than 122 seconds."

        assert kernel_line(Names(), line) == line


class TestCluster:
    """The lists of Kubernetes."""

    def test_a_replica_set_is_still_its_deployment_s(self) -> None:
        """Name, label and pod agree, whatever the hash is made of."""
        pod = {
            "metadata": {
                "name": "main-service-6665f26ae1-m9tws",
                "namespace": "live",
                "labels": {"pod-template-hash": "6665f26ae1"},
                "ownerReferences": [{"kind": "ReplicaSet", "name": "main-service-6665f26ae1", "controller": True}],
            },
            "spec": {
                "containers": [{"name": "main", "image": "acme/main", "env": [{"name": "KEY", "value": "hunter2"}]}]
            },
        }
        names = Names()
        cluster.redacted(names, "pods", RecordedList(items=(pod,)))
        (new,) = cluster.redacted(names, "pods", RecordedList(items=(pod,))).items
        metadata = new["metadata"]
        hash_ = metadata["labels"]["pod-template-hash"]
        (reference,) = metadata["ownerReferences"]

        assert reference["name"] == f"{names.workload('main-service')}-{hash_}"
        assert metadata["name"].startswith(f"{reference['name']}-")
        assert "hunter2" not in json.dumps(new)

    def test_nothing_of_a_cluster_s_names_is_left(self, tmp_path: Path) -> None:
        """Of every kind of object, in every place where one is named."""
        write_cluster(write(tmp_path / "fleet", entry(0)))
        (new,) = redacted([load(tmp_path / "fleet")])
        text = json.dumps([list(lists.items()) for lists in new.clusters.values()], default=vars_of)

        assert [one for one in ("acme", "agent", "main-0", "hunter2", "ip-10-0-0-1", SICK, "live") if one in text] == []
        assert new.clusters.keys() == {"cluster1"}


@given(items=JSON, resource=st.sampled_from(RESOURCES))
def test_whatever_a_list_holds_it_can_be_redacted(items: list[dict[str, object]], resource: str) -> None:
    """And is JSON again."""
    names = Names()
    held = RecordedList(items=tuple(items))

    assert len(json.dumps(cluster.redacted(names, resource, held).items)) >= 2


def vars_of(held: object) -> object:
    """Return what a list holds, for JSON."""
    assert isinstance(held, RecordedList)
    return held.items


def test_several_recordings_have_the_same_replacements(tmp_path: Path) -> None:
    """Or there would be no history between them."""
    first = load(write(tmp_path / "1"))
    second = replace(first, nodes=first.nodes[::-1])
    new: list[Recording] = redacted([first, second])

    assert new[1].nodes == new[0].nodes[::-1]
    assert new[0].nodes != first.nodes


def test_volumes_are_replaced_alike_in_every_place(tmp_path: Path) -> None:
    """Those of the instance, those of CloudWatch, and those of a capture: a volume is still found by its id."""
    recording = load(write(tmp_path / "fleet", entry(0)))
    ids = ("vol-0123456789abcdef0", "vol-0fedcba9876543210")
    disk = "nvme1n1 reads=1 writes=1 read_ms=1 write_ms=1 busy_ms=1 queue_ms=1 in_flight=0"
    known = replace(
        recording.nodes[0],
        node=replace(recording.nodes[0].node, volumes=ids),
        disks=DiskLimits(volumes=(VolumeLimits(volume_id=ids[1], burst_balance_percent=1.0),)),
        text=f"@disks\n{disk} volume={ids[1]}\n",
    )
    (new,) = redacted([replace(recording, nodes=(known,))])
    (node,) = new.nodes

    assert len({*node.node.volumes, *ids}) == 4
    assert node.disks == DiskLimits(volumes=(VolumeLimits(volume_id=node.node.volumes[1], burst_balance_percent=1.0),))
    assert node.text == f"@disks\n{disk} volume={node.node.volumes[1]}\n"
