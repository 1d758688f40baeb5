"""The lists of a cluster without the names of their owner, object by object and field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fleetscan.model.recording import RecordedList
from fleetscan.redaction import known
from fleetscan.redaction.names import Names
from fleetscan.redaction.text import message
from fleetscan.storage.api_object import pruned

type Object = dict[str, Any]

_CONTAINER_KEY = re.compile(r'k:\{"name":"(?P<name>[a-z0-9-]+)"\}')
_PROVIDER_ID = re.compile(r"(aws:///[a-z0-9-]{1,40}/)(i-[0-9a-f]{8,17})")
_HELM = "Helm"


def redacted(names: Names, resource: str, held: RecordedList) -> RecordedList:
    """Return a list with its names replaced, and of each object only the fields that are read."""
    asked = held.nodes_asked
    return RecordedList(
        items=tuple(_object(names, resource, pruned(resource, item)) for item in held.items),
        is_whole=held.is_whole,
        nodes_asked=None if asked is None else tuple(map(names.host, asked)),
        problem=held.problem,
    )


def _object(names: Names, resource: str, item: Mapping[str, Any]) -> Object:
    new: Object = _copied(item)
    metadata = _map(new, "metadata")
    namespace = _text(metadata.get("namespace"))
    if resource in {"nodes", "leases"}:
        _set(metadata, "name", names.host)
        _node(names, _map(new, "spec"), _map(new, "status"))
    elif resource == "events":
        _event(names, new)
    else:
        name = names.pod_name if resource == "pods" else names.workload
        _set(metadata, "name", lambda text: name(text, namespace))
        _metadata(names, metadata, namespace)
        spec = _map(new, "spec")
        _pod_spec(names, spec if resource == "pods" else _map(_map(spec, "template"), "spec"), namespace)
        _pod_status(names, _map(new, "status"), namespace)
    return new


def _node(names: Names, spec: Object, status: Object) -> None:
    _set(spec, "providerID", lambda text: _PROVIDER_ID.sub(lambda found: found[1] + names.instance(found[2]), text))
    for taint in _maps(spec, "taints"):
        _set(taint, "key", lambda text: text if known.DOMAINS.fullmatch(text) else names.label(text, "taint"))
        _set(taint, "value", lambda text: text if text in {"", "true", "false"} else names.label(text, "value"))
    for condition in _maps(status, "conditions"):
        _set(condition, "message", lambda text: message(names, text))


def _event(names: Names, event: Object) -> None:
    about = _map(event, "involvedObject")
    namespace = _text(about.get("namespace"))
    is_node = about.get("kind") == "Node"
    _set(about, "name", lambda text: names.host(text) if is_node else names.pod_name(text, namespace))
    # The event of a node has the node's name in the place of its uid.
    _set(about, "uid", lambda text: names.replaced(text) or text)
    for place in (about, _map(event, "metadata")):
        _set(place, "namespace", names.namespace)
    # Of the name of the object and a random number; nobody reads it.
    _map(event, "metadata").pop("name", None)
    _set(event, "message", lambda text: message(names, text))
    _set(event, "reportingComponent", lambda text: _component(names, text))
    _set(event, "reportingInstance", lambda text: names.replaced(text) or message(names, text))
    source = _map(event, "source")
    _set(source, "component", lambda text: _component(names, text))
    _set(source, "host", names.host)


def _component(names: Names, text: str) -> str:
    return text if known.COMPONENTS.fullmatch(text) else names.label(text, "component")


def _metadata(names: Names, metadata: Object, namespace: str) -> None:
    _set(metadata, "namespace", names.namespace)
    for owner in _maps(metadata, "ownerReferences"):
        kind = owner.get("kind")
        _set(owner, "name", lambda text: names.workload(text, namespace) if kind != "Node" else names.host(text))  # noqa: B023 - called at once
        if kind not in known.OWNERS:
            owner |= {"kind": "Owner", "apiVersion": "example.com/v1"}
    annotations, labels = _map(metadata, "annotations"), _map(metadata, "labels")
    for key in annotations:
        # That it is there tells who manages the object; what it says is not read.
        annotations[key] = "x"
    for key in labels:
        if key == "pod-template-hash":
            _set(labels, key, names.template)
        elif labels[key] != _HELM:
            labels[key] = "x"
    for entry in _maps(metadata, "managedFields"):
        _set(entry, "manager", lambda text: text if known.MANAGERS.fullmatch(text) else names.label(text, "manager"))
        fields: Any = entry
        for step in ("fieldsV1", "f:spec", "f:template", "f:spec"):
            fields = _map(fields, step)
        if isinstance(written := fields.get("f:containers"), dict):
            fields["f:containers"] = {_container_key(names, key, namespace): value for key, value in written.items()}


def _container_key(names: Names, key: str, namespace: str) -> str:
    found = _CONTAINER_KEY.fullmatch(key)
    return f'k:{{"name":"{names.container(found["name"], namespace)}"}}' if found else "."


def _pod_spec(names: Names, spec: Object, namespace: str) -> None:
    _set(spec, "nodeName", names.host)
    for kind in ("containers", "initContainers"):
        for container in _maps(spec, kind):
            _container(names, container, namespace)


def _container(names: Names, container: Object, namespace: str) -> None:
    _set(container, "name", lambda text: names.container(text, namespace))
    _set(container, "image", names.image)
    _set(container, "imageID", lambda _: "")


def _pod_status(names: Names, status: Object, namespace: str) -> None:
    _set(status, "message", lambda text: message(names, text))
    for condition in _maps(status, "conditions"):
        _set(condition, "message", lambda text: message(names, text))
    for container in _maps(status, "containerStatuses"):
        _container(names, container, namespace)


def _copied(value: Any) -> Any:  # noqa: ANN401 - what JSON holds
    if isinstance(value, Mapping):
        return {name: _copied(one) for name, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list | tuple) else value


def _map(value: Object, key: str) -> Object:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _maps(value: Object, key: str) -> list[Object]:
    found = value.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _set(value: Object, key: str, make: Any) -> None:  # noqa: ANN401 - a function of a text
    """Replace a text; what stands in the place of one and is none is left out."""
    if key in value:
        value[key] = make(value[key]) if isinstance(value[key], str) else None
