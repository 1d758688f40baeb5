"""A folder -> Recording: ``fleet.json``, ``captures/INSTANCE_ID.txt``, ``kubernetes/CLUSTER/RESOURCE.json``.

Whoever sends such a folder may put anything into it. Without ``fleet.json`` there is no fleet, which is an error; what
is wrong with one node is the reason why that node was not seen, and what is wrong with one list is told of that list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from fleetscan.errors import RecordingError, StoredDataError
from fleetscan.model import CaptureStatus, Credits, Node
from fleetscan.model.disk_limits import DiskLimits
from fleetscan.model.recording import NO_KUBERNETES, RESOURCES, RecordedList, RecordedNode, Recording
from fleetscan.numbers import shown
from fleetscan.recorded.files import MOST_CAPTURE_BYTES, MOST_FLEET_BYTES, MOST_LIST_BYTES, read, read_json
from fleetscan.storage import value_codec
from fleetscan.storage.sane import is_sane

SCHEMA = 1
FLEET = "fleet.json"
MOST_NODES = 20_000
MOST_NOTES = 20
_TEXT_CHARACTERS = 300
_REASON_CHARACTERS = 2_000
_CLUSTERS = 1_000

MOST_VOLUMES = 64
IS_VOLUME = re.compile(r"vol-[0-9a-f]{1,32}")

IS_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""Of instances and clusters: nothing that leads out of the folder."""


def load(folder: Path) -> Recording:
    """Return the recording in a folder; RecordingError where it has no fleet.json that can be read."""
    try:
        return _loaded(folder)
    except RecordingError as error:
        raise RecordingError(f"{folder}: {error}.") from error


def _loaded(folder: Path) -> Recording:
    if not folder.is_dir():
        raise RecordingError("there is no such folder")
    fleet = read_json(folder, FLEET, most=MOST_FLEET_BYTES)
    if not isinstance(fleet, dict):
        raise RecordingError(f"{FLEET} is no object")
    if fleet.get("schema") != SCHEMA or isinstance(fleet["schema"], bool):
        raise RecordingError(f"{FLEET}: its schema is not {SCHEMA}, the only one that is known")
    scanned_at = _time(fleet, "scanned_at")
    if scanned_at is None:
        raise RecordingError(f"{FLEET}: scanned_at is missing")
    notes: list[str] = []
    nodes = tuple(_nodes(folder, fleet.get("nodes"), notes))
    empty = fleet.get("empty_clusters", [])
    if not isinstance(empty, list) or len(empty) > _CLUSTERS or not all(isinstance(one, str) for one in empty):
        raise RecordingError(f"{FLEET}: empty_clusters is no list of names")
    if len(notes) > MOST_NOTES:
        notes[MOST_NOTES:] = [f"And {len(notes) - MOST_NOTES:,} more entries of {FLEET} were not read."]
    return Recording(
        scanned_at=scanned_at,
        account=_text(fleet, "account"),
        region=_text(fleet, "region"),
        nodes=nodes,
        empty_clusters=tuple(one[:_TEXT_CHARACTERS] for one in empty),
        clusters=_clusters(folder, nodes),
        why_no_kubernetes=_text(fleet, "why_no_kubernetes", most=_REASON_CHARACTERS) or NO_KUBERNETES,
        notes=tuple(notes),
    )


def _nodes(folder: Path, entries: object, notes: list[str]) -> Iterator[RecordedNode]:
    """Yield each node that has an id of its own, and note the entries that have none."""
    if not isinstance(entries, list):
        raise RecordingError(f"{FLEET}: nodes is no list")
    if len(entries) > MOST_NODES:
        raise RecordingError(f"{FLEET} has more than {MOST_NODES:,} nodes")
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        instance_id = entry.get("instance_id") if isinstance(entry, dict) else None
        if not isinstance(instance_id, str) or not IS_FILE_NAME.fullmatch(instance_id):
            notes.append(f"{FLEET}: nodes[{number}] has no instance_id that can be one, and is left out.")
            continue
        if instance_id in seen:
            notes.append(f"{FLEET}: nodes[{number}] is {instance_id} once more, and is left out.")
            continue
        seen.add(instance_id)
        yield _node(folder, entry, instance_id, f"nodes[{number}]")


def _node(folder: Path, entry: Mapping[str, Any], instance_id: str, place: str) -> RecordedNode:
    """Return one node; whatever is wrong with its entry or its capture is why nothing is known of it."""
    try:
        node, status = _described(entry, instance_id), _status(entry)
        recorded = RecordedNode(
            node=node,
            status=status,
            reason=_text(entry, "reason", most=_REASON_CHARACTERS),
            is_summary_only=entry.get("is_summary_only") is True,
            credits=_paid(entry, "credits", Credits),
            disks=_paid(entry, "disks", DiskLimits),
        )
    except RecordingError as error:
        reason = f"{FLEET}: {place}: {error}."
        return RecordedNode(node=_named(entry, instance_id), status=CaptureStatus.FAILED, reason=reason)
    if status is not CaptureStatus.ANSWERED:
        return recorded
    try:
        content = read(folder, f"captures/{instance_id}.txt", most=MOST_CAPTURE_BYTES)
    except RecordingError as error:
        failed = f"{error}."
        return replace(recorded, status=CaptureStatus.FAILED, reason=failed, is_summary_only=False)
    return replace(recorded, text=content.decode("utf-8", "replace"))


def _described(entry: Mapping[str, Any], instance_id: str) -> Node:
    status = entry.get("status")
    return Node(
        instance_id=instance_id,
        cluster=_text(entry, "cluster"),
        node_group=_text(entry, "node_group"),
        instance_type=_text(entry, "instance_type"),
        zone=_text(entry, "zone"),
        private_dns_name=_text(entry, "private_dns_name"),
        architecture=_text(entry, "architecture"),
        launched_at=_time(entry, "launched_at"),
        is_windows=status == CaptureStatus.WINDOWS.value,
        is_auto_mode=status == CaptureStatus.AUTO_MODE.value,
        volumes=_volumes(entry),
    )


def _named(entry: Mapping[str, Any], instance_id: str) -> Node:
    """Return a node with the cluster that it names, if it does: a damaged entry is one of its cluster all the same."""
    cluster = entry.get("cluster")
    return Node(instance_id=instance_id, cluster=cluster[:_TEXT_CHARACTERS] if isinstance(cluster, str) else "")


def _status(entry: Mapping[str, Any]) -> CaptureStatus:
    value = entry.get("status")
    if not isinstance(value, str) or value not in set(CaptureStatus):
        raise RecordingError(f"status is none of {', '.join(CaptureStatus)}")
    return CaptureStatus(value)


def _paid[V](entry: Mapping[str, Any], key: str, kind: type[V]) -> V | None:
    """Return a reading of paid metrics, as it is stored elsewhere; None where there was none."""
    if entry.get(key) is None:
        return None
    try:
        return value_codec.read(json.dumps(entry[key]), kind)
    except (StoredDataError, RecursionError) as error:
        raise RecordingError(f"{key}: it {error}") from error


def _volumes(entry: Mapping[str, Any]) -> tuple[str, ...]:
    listed = entry.get("volumes", [])
    if not isinstance(listed, list) or len(listed) > MOST_VOLUMES:
        raise RecordingError(f"volumes is no list of at most {MOST_VOLUMES} ids")
    if not all(isinstance(one, str) and IS_VOLUME.fullmatch(one) for one in listed):
        raise RecordingError("volumes holds what is no id of a volume")
    return tuple(listed)


def _text(entry: Mapping[str, Any], key: str, *, most: int = _TEXT_CHARACTERS) -> str:
    value = entry.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most:
        raise RecordingError(f"{key} is no text of at most {most:,} characters")
    return value


def _time(entry: Mapping[str, Any], key: str) -> datetime | None:
    value = _text(entry, key)
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or not is_sane(moment):
        raise RecordingError(f"{key} is no time with a zone, such as 2026-11-26T15:15:00Z: {shown(value)}")
    return moment


def _clusters(folder: Path, nodes: tuple[RecordedNode, ...]) -> Mapping[str, Mapping[str, RecordedList]]:
    """Return the lists of each cluster of the nodes that has a folder of its own."""
    names = sorted({one.node.cluster for one in nodes if IS_FILE_NAME.fullmatch(one.node.cluster)})
    return {
        cluster: {
            resource: _list(folder, f"kubernetes/{cluster}/{resource}.json")
            for resource in RESOURCES
            if (folder / "kubernetes" / cluster / f"{resource}.json").exists()
        }
        for cluster in names
        if (folder / "kubernetes" / cluster).is_dir()
    }


def _list(folder: Path, name: str) -> RecordedList:
    """Return one list as ``kubectl get -o json`` writes it; what is wrong with it is its problem."""
    try:
        found = read_json(folder, name, most=MOST_LIST_BYTES)
    except RecordingError as error:
        return RecordedList(problem=str(error))
    items = found.get("items") if isinstance(found, dict) else None
    if not isinstance(items, list):
        return RecordedList(problem=f"{name} is no list of objects as `kubectl get -o json` writes it")
    strangers = sum(1 for one in items if not isinstance(one, dict))
    metadata, asked = found.get("metadata"), found.get("nodesAsked")
    return RecordedList(
        items=tuple(one for one in items if isinstance(one, dict)),
        # Kubernetes' own mark of a list that has more: a token to continue with.
        is_whole=not strangers and not (isinstance(metadata, dict) and metadata.get("continue")),
        nodes_asked=tuple(one for one in asked if isinstance(one, str)) if isinstance(asked, list) else None,
    )
