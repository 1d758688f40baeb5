"""The running containers, from the names of /var/log/containers and the containerd bundles.

Of /run/containerd/io.containerd.runtime.v2.task/k8s.io/ID/config.json and its annotations, one line for each
container: id, pod, container and image::

    0a1b2c3d4e5f weave/weave-scope-agent-x7k2p scope-agent docker.io/weaveworks/scope:1.13.2
    1b2c3d4e5f60 live/checkout-6c9f7d5b8-x2x9q checkout 123456789012.dkr.ecr.us-east-1.amazonaws.com/checkout:42
    2c3d4e5f6071 kube-system/kube-proxy-9p2vd kube-proxy -

Sent only in the detail, so absent on a node that saw no trigger.
https://github.com/opencontainers/runtime-spec/blob/main/config.md#annotations
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "containers"


@immutable
class Container:
    """One running container and its image; a field that the node did not know is ``-``."""

    container_id: str
    """The first 12 characters of the id."""
    pod: str
    """``namespace/name``."""
    name: str
    image: str


@immutable
class Containers:
    """All containers that fitted."""

    containers: tuple[Container, ...]


def parse(text: str) -> Containers:
    """Parse the section ``containers``; no row means that no container was seen."""
    return Containers(containers=tuple(_container(row) for row in rows.distinct(rows.read(text, source=_SOURCE))))


def _container(row: rows.Row) -> Container:
    return Container(
        container_id=row.name(0, "container id"),
        pod=row.name(1, "pod"),
        name=row.name(2, "container"),
        image=row.name(3, "image"),
    )
