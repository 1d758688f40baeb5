"""A large cluster, listed through the reader in a process of its own: what it holds at most does not grow with it.

The API server is in this process and the reader in another, so that only the reader is measured. Every pod is one that
failed, so that the list which asks for failed pods brings all of them: it is more than can be held at once, which the
reader finds out, and asks for it in pages.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from simulator.kubernetes.authority import Authority
from simulator.kubernetes.node_objects import leases, nodes
from simulator.kubernetes.pod_objects import pods
from simulator.server import serving
from tests.fixtures.failing_fleet import failing_fleet

ROOT = Path(__file__).parents[2]
PODS = int(os.environ.get("FLEETSCAN_PODS", "24000"))
"""90 MB of JSON, three times what one answer may have. The 150,000 of the decision take half a minute."""
NODES = PODS // 30
LIMIT_MIB = 110
"""82 are held of 150,000 pods, and of these; the function has 512 by default."""
NODE_BYTES, POD_BYTES = 14_000, 4_000
"""What a node and a pod take as JSON in a real cluster, images and annotations included."""

READER = """
import json, pathlib, re, sys, time
from fleetscan.kubernetes.reader import cluster_reader
from fleetscan.model import Node
from fleetscan.ports import ClusterEndpoint
from fleetscan.settings import Settings

given = json.load(sys.stdin)

class Access:
    def endpoint(self, cluster):
        return ClusterEndpoint(url=given["url"], authority_pem=given["authority"])

    def token(self, cluster):
        return "token"

reader = cluster_reader(Access(), time.time, time.sleep)
(view,) = reader.views([Node(instance_id="i-1", cluster="live")], deadline=time.time() + 3_600)
print(json.dumps({
    "nodes": len(view.nodes),
    "heartbeats": sum(node.lease_renewed_at is not None for node in view.nodes),
    "ends": len(view.ends),
    "problems": view.problems,
    # Of this program alone: ru_maxrss begins with what the process had that started it.
    "resident_mib": int(re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1]) // 1024,
}))
"""


class LargeCluster:
    """Lists of many objects that differ by name alone, written as text so that serving them takes little."""

    def __init__(self) -> None:
        now = datetime.now(UTC)
        fleet = failing_fleet()
        self._texts = {
            "nodes": _template(nodes(fleet, now)[-1], NODE_BYTES),
            "leases": _template(leases(fleet, now)[-1], 0),
            "pods": _template(pods(fleet, now)[-1], POD_BYTES),
        }
        self._numbers = {"nodes": NODES, "leases": NODES, "pods": PODS}
        self.largest_bytes = 0
        self.requests = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401  # WSGI's own
        """Answer one list."""
        self.requests += 1
        resource = environ["PATH_INFO"].rpartition("/")[2]
        query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        number = self._numbers.get(resource, 0)
        start, limit = int(query.get("continue", "0")), int(query.get("limit", str(number)))
        end = min(start + limit, number)
        metadata = {"resourceVersion": "1"} | ({"continue": str(end)} if end < number else {})
        start_response("200 OK", [("Content-Type", "application/json")])
        return self._items(resource, metadata, range(start, end))

    def _items(self, resource: str, metadata: dict[str, str], numbers: range) -> Iterator[bytes]:
        size = 0
        yield f'{{"kind":"List","metadata":{json.dumps(metadata)},"items":['.encode()
        for number in numbers:
            item = self._texts[resource].replace("NUMBER", f"{number:06}")
            if number != numbers[-1]:
                item += ","
            size += len(item)
            yield item.encode()
        yield b"]}"
        self.largest_bytes = max(self.largest_bytes, size)


def _template(one: dict[str, Any], size: int) -> str:
    """Return an object as text, padded to a size, with NUMBER in its name."""
    one["metadata"]["name"] = "name-NUMBER"
    one["metadata"]["uid"] = "uid-NUMBER"
    text = json.dumps(one)
    padding = "x" * max(size - len(text), 0)
    one["metadata"].setdefault("annotations", {})["padding"] = padding
    return json.dumps(one)


def test_a_cluster_of_any_size_fits_into_the_function() -> None:
    """All nodes, all heartbeats, the newest of the ends, and how many were left out; held is a page at a time."""
    cluster, authority = LargeCluster(), Authority()
    with serving(cluster, authority.context()) as url:
        ran = subprocess.run(
            [sys.executable, "-c", READER],
            input=json.dumps({"url": url, "authority": authority.pem}),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    resident_mib = found.pop("resident_mib")
    expected = {
        "nodes": NODES,
        "heartbeats": NODES,
        "ends": 2_000,
        "problems": [f"Of the list of failed pods, 2,000 are kept and {PODS - 2_000:,} more are left out."],
    }

    assert expected == found
    assert resident_mib < LIMIT_MIB
    print(f"{NODES:,} nodes and {PODS:,} pods: {resident_mib} MiB resident, {cluster.requests:,} requests")  # noqa: T201 - the figure that the decision quotes
