"""Recording -> a folder, for nobody but its owner to read. ``fleet.json`` comes last: without it there is no fleet."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fleetscan.errors import RecordingError
from fleetscan.model import CaptureStatus
from fleetscan.model.recording import NO_KUBERNETES, RecordedList, RecordedNode, Recording
from fleetscan.recorded.folder import FLEET, IS_FILE_NAME, SCHEMA
from fleetscan.storage import value_codec
from fleetscan.storage.api_object import pruned

_KINDS = {"nodes": "Node", "leases": "Lease", "events": "Event", "daemonsets": "DaemonSet", "pods": "Pod"}


def demand_empty(folder: Path) -> None:
    """Raise RecordingError where a recording would be mixed with something else, before anybody waits for a scan."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RecordingError(f"{folder} is not an empty folder; a recording needs one of its own.")


def save(recording: Recording, folder: Path) -> None:
    """Write a recording into a folder that is empty or not there yet."""
    demand_empty(folder)
    for place in (folder, folder / "captures", folder / "kubernetes"):
        _make(place)
    for one in recording.nodes:
        if one.status is CaptureStatus.ANSWERED and IS_FILE_NAME.fullmatch(one.node.instance_id):
            _write(folder / "captures" / f"{one.node.instance_id}.txt", one.text)
    for cluster, lists in recording.clusters.items():
        if IS_FILE_NAME.fullmatch(cluster):
            _make(folder / "kubernetes" / cluster)
            for resource, held in lists.items():
                if not held.problem:
                    _write(folder / "kubernetes" / cluster / f"{resource}.json", _json(_list(resource, held)))
    _write(folder / FLEET, _json(_fleet(recording)))


def _fleet(recording: Recording) -> Mapping[str, Any]:
    fleet: dict[str, Any] = {
        "schema": SCHEMA,
        "account": recording.account,
        "region": recording.region,
        "scanned_at": recording.scanned_at.isoformat(),
        "empty_clusters": list(recording.empty_clusters),
        "nodes": [_node(one) for one in recording.nodes],
    }
    if recording.why_no_kubernetes != NO_KUBERNETES:
        fleet["why_no_kubernetes"] = recording.why_no_kubernetes
    return fleet


def _node(one: RecordedNode) -> Mapping[str, Any]:
    node = one.node
    entry: dict[str, Any] = {
        "instance_id": node.instance_id,
        "cluster": node.cluster,
        "node_group": node.node_group,
        "instance_type": node.instance_type,
        "private_dns_name": node.private_dns_name,
        "status": one.status.value,
        "reason": one.reason,
        "zone": node.zone,
        "architecture": node.architecture,
    }
    if node.launched_at is not None:
        entry["launched_at"] = node.launched_at.isoformat()
    if one.credits is not None:
        entry["credits"] = json.loads(value_codec.write(one.credits))
    if node.volumes:
        entry["volumes"] = list(node.volumes)
    if one.disks is not None:
        entry["disks"] = json.loads(value_codec.write(one.disks))
    if one.is_summary_only:
        entry["is_summary_only"] = True
    return entry


def _list(resource: str, held: RecordedList) -> Mapping[str, Any]:
    kind = {"kind": _KINDS[resource]}
    written: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "List",
        "metadata": {} if held.is_whole else {"continue": "not read to its end"},
        "items": [{**kind, **pruned(resource, item)} for item in held.items],
    }
    if held.nodes_asked is not None:
        written["nodesAsked"] = list(held.nodes_asked)
    return written


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _json(value: object) -> str:
    return json.dumps(value, indent=1) + "\n"


def _write(file: Path, text: str) -> None:
    """Write a file that nobody else may read: it names what runs where."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(text.encode("utf-8", "backslashreplace"))
