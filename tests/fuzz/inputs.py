"""The inputs through which untrusted data comes in: each turns bytes into what an untrusted source adds to a scan.

The first byte says which input, so that one run tries them all and a file of bytes is a whole case.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any, cast

from fleetscan.aws import ec2
from fleetscan.aws.dynamodb.cluster_history import DynamoClusterHistory
from fleetscan.aws.dynamodb.episodes import DynamoEpisodes
from fleetscan.aws.dynamodb.mutes import DynamoMutes
from fleetscan.aws.dynamodb.table import Table
from fleetscan.aws.names import printable
from fleetscan.incidents.tracker import FindingTracker
from fleetscan.model import Capture, CaptureStatus, CreditMode
from fleetscan.model.death import Death, Measured, Noted, Silence
from fleetscan.model.finding import Cause, Severity
from fleetscan.model.part import Part
from fleetscan.storage import history_codec, part_codec, report_codec, value_codec
from fleetscan.storage.value_codec import write
from tests.fixtures import clusters, dead_pods, lives
from tests.fuzz import api_objects, material, mutation, path
from tests.fuzz.outside import AT
from tests.fuzz.path import Untrusted

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

MOST_BYTES = 32_768
"""Of an input: more than the 24,000 characters that SSM can bring."""


@dataclass(frozen=True, slots=True)
class InputKind:
    """One input of a scan that somebody else writes."""

    name: str
    enter: Callable[[bytes, str], Untrusted]
    """Makes of the bytes behind the first, and the instance id that is free, what the untrusted source adds."""
    seeds: Callable[[], Iterable[bytes]]
    change: Callable[[str, Random], str]
    """Changes the text behind the flags as somebody who knows the format would."""


def untrusted(data: bytes, instance_id: str) -> tuple[InputKind, Untrusted]:
    """Return which input these bytes are for, and what they add to a scan."""
    kind = INPUTS[data[0] % len(INPUTS)] if data else INPUTS[0]
    return kind, kind.enter(data[1:], instance_id)


def seeds() -> list[bytes]:
    """Return the bytes that fuzzing begins with, each with its input's number in front."""
    return [bytes([number]) + seed for number, kind in enumerate(INPUTS) for seed in kind.seeds()]


def changed(data: bytes, random: Random) -> bytes:
    """Return the bytes changed by somebody who knows the format of their input."""
    if len(data) <= _HEAD:
        return data
    kind = INPUTS[data[0] % len(INPUTS)]
    return (data[:_HEAD] + as_bytes(kind.change(as_text(data[_HEAD:]), random)))[:MOST_BYTES]


_HEAD = 2
"""Number of the input, and flags."""


def as_text(data: bytes) -> str:
    """Return bytes as the text that a client makes of them; halves of characters become lone surrogates."""
    return data.decode("utf-8", "surrogateescape")


def as_bytes(text: str) -> bytes:
    """Return text as bytes, lone surrogates as what they came from or as they are."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _capture(data: bytes, instance_id: str) -> Untrusted:
    """The answer of a node; the flags say what stands beside it."""
    flags, text = data[:1], as_text(data[1:])
    bits = flags[0] if flags else 0
    capture = replace(path.answered(instance_id, text), is_summary_only=bool(bits & 1), is_recording=bool(bits & 2))
    return Untrusted(
        captures=(capture,),
        rings={instance_id: path.leaking_ring()} if bits & 4 else {},
        mode=CreditMode.UNLIMITED if bits & 8 else None,
    )


def _capture_seeds() -> Iterable[bytes]:
    for number, text in enumerate(material.captures().values()):
        yield bytes([number]) + text.encode()
    for name, bodies in material.sections().items():
        for body in bodies[:2]:
            yield b"\x00" + f"fleetscan-capture 1\n@last\n@{name}\n{body}@end summary {_END}\n".encode()


_END = "triggers=- dropped=- unreadable=-"


def _ring(data: bytes, instance_id: str) -> Untrusted:
    """The history that the table keeps of a node: with the first flag one whose checksum is right, else any bytes."""
    flags, body = data[:1], data[1:]
    if flags and flags[0] & 1:
        body = bytes([history_codec.VERSION]) + body
        body += zlib.crc32(body).to_bytes(4)
    capture = path.answered(instance_id, material.captures()["incident-00"])
    return Untrusted(captures=(capture,), rings={instance_id: body})


def _ring_seeds() -> Iterable[bytes]:
    yield b"\x00" + path.leaking_ring()
    yield b"\x01" + path.leaking_ring()[1:-4]


def _tags(data: bytes, instance_id: str) -> Untrusted:
    """An instance as EC2 describes it, in JSON, and the reason why it did not answer: tags are written by anybody."""
    given = _read(data[1:])
    texts = {str(key): str(value) for key, value in given.items()}
    words = ("InstanceType", "PrivateDnsName", "Architecture", "Platform")
    described: dict[str, Any] = {key: texts[key] for key in words if key in texts}
    described["InstanceId"] = texts.get("InstanceId", "") or instance_id
    described["Tags"] = [{"Key": key, "Value": value} for key, value in texts.items()]
    node = ec2.node(cast("InstanceTypeDef", described))
    statuses = list(CaptureStatus)
    status = statuses[data[0] % len(statuses)] if data else CaptureStatus.FAILED
    text = material.captures()["incident-03"] if status is CaptureStatus.ANSWERED else ""
    capture = Capture(node=node, status=status, text=text, reason=printable(texts.get("reason", ""), _REASON))
    return Untrusted(captures=tuple(path.without_control_nodes([capture])))


def _tags_seeds() -> Iterable[bytes]:
    tags = {
        "InstanceId": "i-0123456789abcdef0",
        "InstanceType": "t3a.medium",
        "PrivateDnsName": "ip-10-0-0-1.eu-west-1.compute.internal",
        "Architecture": "x86_64",
        "aws:eks:cluster-name": "live",
        "eks:nodegroup-name": "workers",
        "kubernetes.io/cluster/other": "owned",
        "karpenter.sh/nodepool": "spot",
        "reason": "The agent lost its connection.",
    }
    for number in range(len(CaptureStatus)):
        yield bytes([number]) + json.dumps(tags).encode()


def _table(data: bytes, _instance_id: str) -> Untrusted:
    """Items of the table in JSON, one of an episode, a mute, an event and a death, read as the scan reads them."""
    given = _read(data[1:])
    kinds = ("episodes", "mutes", "event", "death")
    episode, mute, event, death = (_item(given.get(kind)) for kind in kinds)
    kept = _Table({"episodes": [episode], "mutes": [mute], "kubernetes": [event, death]})
    table = Table(cast("DynamoDBClient", kept), "table")
    return Untrusted(
        episodes=DynamoEpisodes(table).load(),
        mutes=tuple(DynamoMutes(table).entries()),
        past=DynamoClusterHistory(table, clock=AT.timestamp).load([]),
    )


def _table_seeds() -> Iterable[bytes]:
    store = lives.MemoryEpisodes()
    report = lives.report(lives.diagnosis(1, lives.finding()), lives.diagnosis(2, lives.finding()))
    finding_tracker = FindingTracker(episodes=store, mutes=lives.MemoryMutes(), rules=[lives.RULE])
    finding_tracker.write(report, report.started_at, report.started_at)
    mute = {"sk": "k7f3q2", "rule": "swap_*", "cluster": "staging", "until": "2026-03-01", "why": "by design, page 12"}
    event = clusters.node_event("NodeNotReady", AT - timedelta(hours=2))
    end = clusters.end(at=AT - timedelta(hours=1), uid="u1", message="gone")
    death = Death(
        cluster="live", end=end, found_at=AT, died_at=AT - timedelta(hours=1), mark="1-u1",
        silence=Silence(begun_at=AT - timedelta(hours=3)), now=dead_pods.STARVING, culprit=dead_pods.AGENT,
        measured=Measured(at=AT - timedelta(hours=3), readings=dead_pods.STARVING),
        findings=(Noted(rule="r", severity=Severity.CRITICAL, cause=Cause.SOCKET_QUEUE, text="t"),), events=(event,),
    )  # fmt: skip
    late = {"expires_at": int(AT.timestamp()) + 86_400}
    others = {
        "event": {"sk": "event#live#Node##a#b", "body": value_codec.write(event), **late},
        "death": {"sk": "death#live/main#live#node_lost#1", "body": value_codec.write(death), **late},
    }
    for print_, episode in store.stored.items():
        item = {"sk": str(print_), "version": "1", "body": write(episode)}
        yield b"\x00" + json.dumps({"episodes": item, "mutes": mute, **others}).encode()
        yield b"\x00" + json.dumps({"episodes": item, "mutes": {**mute, "until": "2026-01-01"}, **others}).encode()


def _table_change(text: str, random: Random) -> str:
    """Change an item, or what is inside the text of its body, and keep the name that it is stored under right."""
    try:
        given = json.loads(text)
        kind = random.choice([kind for kind in ("episodes", "event", "death") if "body" in given[kind]])
        body = given[kind]["body"]
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return mutation.mutated_json(text, random)
    if not isinstance(body, str) or random.random() < _OUTSIDE:
        return mutation.mutated_json(text, random)
    given[kind]["body"] = mutation.mutated_json(body, random)
    if kind == "episodes":
        try:
            mark = json.loads(given[kind]["body"])["fingerprint"]
            words = [str(mark[part]) for part in ("rule", "cluster", "cause", "subject")]
            given[kind]["sk"] = "#".join(words if words[-1] else words[:-1])
        except (ValueError, TypeError, KeyError, RecursionError):
            pass
    return json.dumps(given)


_OUTSIDE = 0.3


@dataclass(frozen=True, slots=True)
class _Table:
    """A DynamoDB table that answers with untrusted items."""

    items: Mapping[str, list[dict[str, Any]]]

    def query(self, **query: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as botocore's
        return {"Items": self.items[query["ExpressionAttributeValues"][":pk"]["S"]]}


def _item(given: object) -> dict[str, Any]:
    """Return attributes as DynamoDB gives them: strings and numbers as text, bytes never; the key is always there."""
    attributes = given if isinstance(given, dict) else {}
    typed: dict[str, Any] = {
        key: {"S": value} if isinstance(value, str) else {"N": json.dumps(value)[:_DIGITS_OF_A_NUMBER]}
        for key, value in attributes.items()
    }
    if isinstance(attributes.get("version"), str):
        typed["version"] = {"N": attributes["version"][:_DIGITS_OF_A_NUMBER]}
    return {**typed, "sk": {"S": str(attributes.get("sk", ""))}}


_REASON = 300
"""Characters that an adapter keeps of what AWS says."""
_DIGITS_OF_A_NUMBER = 38
"""DynamoDB keeps no more (developer guide, "Supported data types")."""


def _read(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(as_text(data))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _bytes_only(text: str, random: Random) -> str:
    """Bytes have no words to change: cut them, or repeat a part of them."""
    at = random.randint(0, len(text))
    return random.choice((text[:at], text[:at] + text[at // 2 :], text + text[:at]))


def _archive(data: bytes, _instance_id: str) -> Untrusted:
    """A stored report: with the first flag JSON that is packed as reports are, else any bytes."""
    flags, body = data[:1], data[1:]
    return Untrusted(stored=gzip.compress(body, 1, mtime=0) if flags and flags[0] & 1 else body)


def _archive_seeds() -> Iterable[bytes]:
    packed = report_codec.pack(path.scanned((), beside=False, texts=("incident-00",)))
    yield b"\x00" + packed
    yield b"\x01" + gzip.decompress(packed)
    yield b"\x00" + gzip.compress(b"[" * 1_000_000, mtime=0)


def _part(data: bytes, _instance_id: str) -> Untrusted:
    """A part of a fleet, as the scan of another account leaves it: with the first flag packed JSON, else any bytes."""
    flags, body = data[:1], data[1:]
    return Untrusted(part=gzip.compress(body, 1, mtime=0) if flags and flags[0] & 1 else body)


def _part_seeds() -> Iterable[bytes]:
    report = path.scanned((), beside=False, texts=("incident-00",))
    packed = part_codec.write(
        Part(started_at=AT, diagnoses=report.diagnoses, notes=("a note",), empty_clusters=("old",))
    )
    yield b"\x00" + packed
    yield b"\x01" + gzip.decompress(packed)
    yield b"\x00" + part_codec.write(part_codec.Failure(reason="AccessError: AWS refused sts:AssumeRole"))


def _kubernetes(data: bytes, instance_id: str) -> Untrusted:
    """What the API server of a cluster of one node says of it, in JSON: kind -> objects."""
    given = _read(data[1:].replace(api_objects.SOMEBODY.encode(), instance_id.encode()))
    cluster = f"k-{instance_id[-8:]}"
    capture = path.answered(instance_id, material.captures()["incident-03"])
    capture = replace(capture, node=replace(capture.node, cluster=cluster))
    objects = {kind: found for kind, found in given.items() if isinstance(found, list)}
    return Untrusted(captures=(capture,), objects={cluster: objects})


def _kubernetes_seeds() -> Iterable[bytes]:
    yield b"\x00" + json.dumps(api_objects.OBJECTS).encode()


INPUTS: tuple[InputKind, ...] = (
    InputKind("capture", _capture, _capture_seeds, mutation.mutated),
    InputKind("ring", _ring, _ring_seeds, _bytes_only),
    InputKind("tags", _tags, _tags_seeds, mutation.mutated_json),
    InputKind("table", _table, _table_seeds, _table_change),
    InputKind("archive", _archive, _archive_seeds, mutation.mutated_json),
    InputKind("part", _part, _part_seeds, mutation.mutated_json),
    InputKind("kubernetes", _kubernetes, _kubernetes_seeds, mutation.mutated_json),
)
