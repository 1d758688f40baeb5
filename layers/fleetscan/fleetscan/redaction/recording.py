"""Recordings without the names of whoever made them, those of several scans alike.

It is done twice. A name may be used in a sentence before the place where it is seen to be a name, and the name of an
image may be told by one node and only its hash by another: the first time the names are learnt, the second time all of
them are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fleetscan.model.disk_limits import DiskLimits
from fleetscan.model.recording import NO_KUBERNETES, RecordedNode, Recording
from fleetscan.redaction import capture, cluster
from fleetscan.redaction.names import Names
from fleetscan.redaction.text import sentence


def redacted(recordings: Sequence[Recording]) -> list[Recording]:
    """Return the recordings with their names replaced, by the same ones in all of them."""
    names = Names()
    for one in recordings:
        _redacted(names, one)
    return [_redacted(names, one) for one in recordings]


def _redacted(names: Names, recording: Recording) -> Recording:
    why = recording.why_no_kubernetes
    return replace(
        recording,
        account=names.account(recording.account),
        nodes=tuple(_node(names, one) for one in recording.nodes),
        empty_clusters=tuple(names.label(one, "cluster") for one in recording.empty_clusters),
        clusters={
            names.label(name, "cluster"): {
                resource: cluster.redacted(names, resource, held) for resource, held in lists.items()
            }
            for name, lists in recording.clusters.items()
        },
        why_no_kubernetes=why if why == NO_KUBERNETES else sentence(names, why),
        notes=tuple(sentence(names, one) for one in recording.notes),
    )


def _node(names: Names, one: RecordedNode) -> RecordedNode:
    node = one.node
    return replace(
        one,
        node=replace(
            node,
            instance_id=names.instance(node.instance_id),
            cluster=names.label(node.cluster, "cluster"),
            node_group=names.label(node.node_group, "group"),
            private_dns_name=names.host(node.private_dns_name),
            volumes=tuple(map(names.volume_id, node.volumes)),
        ),
        disks=None if one.disks is None else _disks(names, one.disks),
        reason=sentence(names, one.reason),
        text=capture.redacted(names, one.text),
    )


def _disks(names: Names, disks: DiskLimits) -> DiskLimits:
    return replace(
        disks, volumes=tuple(replace(one, volume_id=names.volume_id(one.volume_id)) for one in disks.volumes)
    )
