"""Strangers who are no nodes: whoever writes tags, items of the table, stored reports, or objects of a cluster."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetscan.aws import ec2
from fleetscan.aws.names import NAME_CHARACTERS
from fleetscan.storage import history_codec, report_codec
from tests.fuzz import inputs, material, path
from tests.fuzz.path import Untrusted

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import TagTypeDef

INSTANCE_ID = "i-00000000000000001"
NUMBERS = {kind.name: number for number, kind in enumerate(inputs.INPUTS)}
RANDOMS = st.randoms(use_true_random=False)
BOUNDED = settings(derandomize=True, database=None, deadline=None, max_examples=25)
CLEAN_NAME = re.compile(r"[A-Za-z0-9._:/@%+=,-]*")


WORDS = (*material.WORDS, "n" * 10_000)


def entered(kind: str, data: bytes, instance_id: str = INSTANCE_ID) -> Untrusted:
    """Return what comes in through an input with these flags and bytes."""
    return inputs.untrusted(bytes([NUMBERS[kind]]) + data, instance_id)[1]


def walked(kind: str, *given: object, flags: int = 0) -> dict[str, Any]:
    """Take JSON through an input and all the way, each a node of one scan, and return the report as JSON."""
    all_untrusted = [
        entered(kind, bytes([flags]) + json.dumps(one).encode(), f"i-{number:017x}")
        for number, one in enumerate(given, start=1)
    ]
    known = {key: value for each in all_untrusted for key, value in path.examined(each).items()}
    return dict(json.loads(path.checked_outputs(path.scanned(all_untrusted, known))["JSON"]))


def seed(kind: str) -> dict[str, Any]:
    """Return the first thing that fuzzing sends through an input, as JSON."""
    return dict(json.loads(next(iter(inputs.INPUTS[NUMBERS[kind]].seeds()))[1:]))


@pytest.mark.parametrize("kind", [kind.name for kind in inputs.INPUTS])
@BOUNDED
@given(RANDOMS)
def test_each_input_is_survived(kind: str, random: Random) -> None:
    """Changed once to three times by somebody who knows the format, then all the way to the diagnosis."""
    data = random.choice([one for one in inputs.seeds() if one[0] == NUMBERS[kind]])
    for _ in range(random.randint(1, 3)):
        data = inputs.changed(data, random)

    path.examined(inputs.untrusted(data, INSTANCE_ID)[1])


@pytest.mark.parametrize("kind", [kind.name for kind in inputs.INPUTS])
@settings(BOUNDED, max_examples=3)
@given(RANDOMS)
def test_each_input_is_shown(kind: str, random: Random) -> None:
    """The same all the way to every output, and through the archive without a loss."""
    data = inputs.changed(random.choice([one for one in inputs.seeds() if one[0] == NUMBERS[kind]]), random)

    report = path.scanned([inputs.untrusted(data, INSTANCE_ID)[1]])

    assert path.checked_outputs(report)
    assert report == report_codec.unpack(report_codec.pack(report))


@BOUNDED
@given(st.binary(max_size=1_000))
def test_any_bytes_at_any_input(data: bytes) -> None:
    """Not only what looks like it."""
    for number in range(len(inputs.INPUTS)):
        path.examined(inputs.untrusted(bytes([number]) + data, INSTANCE_ID)[1])


class TestRings:
    """What the table keeps of a node, written by whoever can write to the table."""

    def test_rings_with_one_byte_changed_and_the_right_checksum(self) -> None:
        """Each is damage, or it is other readings; in no case does it break the node's diagnosis."""
        whole = path.leaking_ring()[:-4]
        capture = path.answered(INSTANCE_ID, material.captures()["incident-00"])
        for place, byte in enumerate(whole):
            body = whole[:place] + bytes([byte ^ 0xFF]) + whole[place + 1 :]
            ring_of_it = {INSTANCE_ID: body + zlib.crc32(body).to_bytes(4)}

            assert list(path.examined(Untrusted(captures=(capture,), rings=ring_of_it))) == [INSTANCE_ID]

    @pytest.mark.parametrize("size", [0, 1, 4, 5, history_codec.MAX_BYTES, history_codec.MAX_BYTES + 1, 400_000])
    def test_a_ring_of_any_size(self, size: int) -> None:
        """DynamoDB takes 400 KB; a node's history has 960 bytes."""
        readings, problem = history_codec.decode(b"\xff" * size)

        assert (readings, bool(problem)) == ((), True)

    def test_a_ring_that_counts_to_the_sky(self) -> None:
        """A count is bounded before anything of that size is made."""
        body = bytes([history_codec.VERSION, history_codec.FINEST_SHIFT]) + b"\xff" * 8 + b"\x7f"

        assert history_codec.decode(body + zlib.crc32(body).to_bytes(4)) == (
            (),
            "the stored history is damaged: more than 132 readings",
        )


class TestTags:
    """Anybody who may tag an instance, and what EC2 could send."""

    @pytest.mark.parametrize("word", WORDS)
    def test_a_node_s_names_are_clean_and_short_whatever_the_tags_say(self, word: str) -> None:
        """So that no output gets them as they were written."""
        tags: list[TagTypeDef] = [{"Key": key, "Value": word} for key in ("aws:eks:cluster-name", "eks:nodegroup-name")]
        node = ec2.node({"InstanceId": word, "PrivateDnsName": word, "Tags": tags})

        for name in (node.instance_id, node.cluster, node.node_group, node.private_dns_name):
            assert len(name) <= NAME_CHARACTERS
            assert CLEAN_NAME.fullmatch(name)

    def test_hostile_tags_reach_every_face_as_words(self) -> None:
        """As the tag's value, its key, the instance's type, and the reason why it did not answer."""
        keys = [key for key in seed("tags") if key != "InstanceId"]
        tags = [{**dict.fromkeys(keys, word), f"kubernetes.io/cluster/{word}": "owned"} for word in WORDS]

        shown = walked("tags", *tags, flags=2)

        assert len(path.CONTROL_NODES) + len(WORDS) == len(shown["nodes"])


class TestStored:
    """Items of the table and objects of the bucket, damaged or written by somebody else."""

    @pytest.mark.parametrize("moment", ["2026-01-06T12:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
    @pytest.mark.parametrize("place", ["opened_at", "seen_at", "judged_at", "told_at", "resolved_at", "owed_until"])
    def test_an_episode_with_a_time_that_is_none_begins_anew_and_says_so(self, moment: str, place: str) -> None:
        """It was compared with the scan's own time, which failed in each scan: the finding was never reported again."""
        given = seed("table")
        body = json.loads(given["episodes"]["body"])
        given["episodes"]["body"] = json.dumps({**body, place: moment})

        notes = walked("table", given)["notes"]

        assert any(
            note.startswith("The history of slab_unreclaimable_high#live#socket_queue is lost") for note in notes
        )
        assert not any("could not be remembered" in note for note in notes)

    @pytest.mark.parametrize("number", [1e999, 10**400, -(10**30), float("nan")])
    def test_an_episode_with_a_number_that_is_none_begins_anew_and_says_so(self, number: float) -> None:
        """Python's JSON reads ``1e999`` as infinity, and numbers of 400 digits as they are."""
        given = seed("table")
        body = json.loads(given["episodes"]["body"])
        given["episodes"]["body"] = json.dumps({**body, "worst": {**body["worst"], "measured": number}})

        notes = walked("table", given)["notes"]

        assert any("is lost: it is damaged (" in note for note in notes)

    @pytest.mark.parametrize("kind", ["event", "death"])
    def test_one_item_without_a_zone_does_not_cost_the_others(self, kind: str) -> None:
        """It was sorted among the others, which failed, and with it all that was kept of Kubernetes."""
        given = seed("table")
        body = json.loads(given[kind]["body"])
        given[kind]["body"] = json.dumps({**body, ("at" if kind == "event" else "died_at"): "2026-01-06T12:00:00"})

        past = entered("table", b"\x00" + json.dumps(given).encode()).past

        assert len(past.deaths) + sum(len(several) for several in past.events.values()) == 1
        assert len(past.problems) == 1

    @pytest.mark.parametrize("depth", [1_000, 100_000])
    def test_json_that_nests_deeper_than_anybody_reads(self, depth: int) -> None:
        """Damage like any other."""
        given = seed("table")
        given["episodes"]["body"] = "[" * depth

        assert any("is lost" in note for note in walked("table", given)["notes"])

    @pytest.mark.parametrize("field", ["sk", "rule", "cluster", "until", "why"])
    def test_mutes_in_which_anything_stands(self, field: str) -> None:
        """Each mutes nothing and is reported, or it is a mute; in both cases its words are shown sanitized."""
        given = seed("table")

        shown = walked("table", *({**given, "mutes": {**given["mutes"], field: word}} for word in WORDS))

        assert shown["notes"]

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\x1f\x8b",
            gzip.compress(b"[" * 100_000),
            gzip.compress(b'{"schema": 1, "report": ' + b"9" * 10_000 + b"}"),
            gzip.compress(b"\xff\xfe" * 1_000),
            gzip.compress(b"{}") * 2,
        ],
        ids=["nothing", "a head", "nested", "ten thousand digits", "no text", "two members"],
    )
    def test_what_lies_where_a_report_should_be(self, content: bytes) -> None:
        """No report, and no exception but the one that says so."""
        path.examined(Untrusted(stored=content))


class TestClusters:
    """Whoever may write objects of a cluster."""

    def test_hostile_words_in_objects_reach_every_output_as_words(self) -> None:
        """In conditions, taints, events, pods, images and owners."""
        own = (
            "KubeletNotReady",
            "down",
            "node.kubernetes.io/not-ready",
            "Node is not ready",
            "main-0",
            "acme",
            "agent",
        )
        mine = re.compile("|".join(json.dumps(word) for word in own))
        text = json.dumps(seed("kubernetes"))
        changed = [json.loads(mine.sub(lambda _, word=word: json.dumps(word), text)) for word in WORDS]  # type: ignore[misc]  # a name of this loop

        shown = walked("kubernetes", *changed)

        assert len(path.CONTROL_NODES) + len(WORDS) == len(shown["nodes"])

    def test_a_time_without_a_zone_costs_the_object_and_not_the_cluster(self) -> None:
        """It is left out and reported. Compared with other times it cost all that this cluster's API had said."""
        text = json.dumps(seed("kubernetes")).replace("2026-01-06T11:50:00Z", "2026-01-06T11:50:00")

        notes = walked("kubernetes", json.loads(text))["notes"]

        assert "Of the list of nodes, 1 object has invalid times or numbers: left out." in notes[0]

    def test_ten_thousand_pods_and_events(self) -> None:
        """All of the same name: what is kept of each is bounded (``kubernetes/bounds.py``)."""
        objects = {
            kind: found * (5_000 if kind in {"Pod", "Event"} else 1) for kind, found in seed("kubernetes").items()
        }

        shown = walked("kubernetes", objects)

        assert len(path.CONTROL_NODES) + 1 == len(shown["nodes"])

    def test_hundreds_of_objects_of_each_kind(self) -> None:
        """Among them three hundred nodes that call themselves by one name."""
        objects = {kind: found[:1] * 300 for kind, found in seed("kubernetes").items()}

        shown = walked("kubernetes", objects)

        assert len(path.CONTROL_NODES) + 1 == len(shown["nodes"])
