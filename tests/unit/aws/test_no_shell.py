"""What runs on a node is one fixed script: no tag, name or setting can add a word to it."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as pace
from hypothesis import strategies as st

from fleetscan import settings
from fleetscan.aws import ec2
from fleetscan.aws.run_command import dispatch
from fleetscan.aws.run_command.dispatch import CommandRequest
from fleetscan.errors import SettingError
from fleetscan.settings import Settings

ROOT = Path(__file__).parents[3]
DOCUMENT = "fleetscan-Collector-1A2B"
SHELL_WORDS = ["$(reboot)", "`id`", "; rm -rf /", "{{ssm:parameter}}", "{{ commands }}", "'\"\\", "\n#!/bin/sh\n", "\0"]
TEXT = st.one_of(st.sampled_from(SHELL_WORDS), st.text(max_size=300))
TAG_KEYS = st.one_of(st.sampled_from(["Name", "aws:eks:cluster-name", "eks:cluster-name", "eks:nodegroup-name"]), TEXT)
INSTANCE_IDS = st.from_regex(r"i-[0-9a-f]{17}", fullmatch=True)
INSTANCES = st.builds(
    lambda instance_id, tags, **texts: {
        "InstanceId": instance_id,
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        **texts,
    },
    INSTANCE_IDS,
    st.dictionaries(TAG_KEYS, TEXT, max_size=6),
    InstanceType=TEXT,
    PrivateDnsName=TEXT,
    Architecture=TEXT,
    Platform=TEXT,
    Placement=st.builds(lambda zone: {"AvailabilityZone": zone}, TEXT),
)
FREE = sorted(f"FLEETSCAN_{name.upper()}" for name in Settings.__dataclass_fields__ if not name.startswith("document"))
"""Every setting that is not the document's own."""


def accepted(hostile: Mapping[str, str]) -> Settings:
    """Return the settings that such an environment makes, without what they refuse."""
    taken = {"FLEETSCAN_DOCUMENT_NAME": DOCUMENT, "FLEETSCAN_DOCUMENT_VERSION": "1"}
    for name, value in hostile.items():
        try:
            settings.read(taken | {name: value})
        except SettingError:
            continue
        taken[name] = value
    return settings.read(taken)


@pace(max_examples=300, deadline=None)
@given(
    instances=st.lists(INSTANCES, min_size=1, max_size=3, unique_by=lambda each: each["InstanceId"]),
    hostile=st.dictionaries(st.sampled_from(FREE), TEXT, max_size=5),
    seconds_left=st.floats(0.1, 900),
)
def test_a_command_has_no_parameters_and_only_fixed_words(
    instances: list[dict[str, Any]], hostile: dict[str, str], seconds_left: float
) -> None:
    """Whatever instances and settings say: this document, this version, ids, numbers, and nothing that is run."""
    wanted = accepted(hostile)
    nodes = [ec2.node(each) for each in instances]  # type: ignore[arg-type] # foreign text everywhere
    command_request = CommandRequest(
        document=wanted.document_name,
        document_version=wanted.document_version,
        document_hash=wanted.document_hash,
        delivery_timeout_seconds=wanted.delivery_timeout_seconds,
    )
    asked = dict(dispatch.request([each.instance_id for each in nodes], command_request, seconds_left))
    seconds = asked.pop("TimeoutSeconds")
    expected = {
        "DocumentName": DOCUMENT,
        "DocumentVersion": "1",
        "InstanceIds": [each["InstanceId"] for each in instances],
        "MaxConcurrency": "100%",
        "MaxErrors": "100%",
        "Comment": dispatch.COMMENT,
    }

    assert expected == asked
    assert isinstance(seconds, int)


def test_the_document_takes_no_parameters() -> None:
    """Nothing in it is filled in when it is sent; SSM would read two braces as a place to do so."""
    text = (ROOT / "documents/collector.json").read_text()
    document = json.loads(text)

    assert set(document) == {"schemaVersion", "description", "mainSteps"}
    assert "{{" not in text


def names_given(path: Path) -> set[str]:
    """Return every keyword that a module passes to a call."""
    tree = ast.parse(path.read_text())
    return {word.arg for call in ast.walk(tree) if isinstance(call, ast.Call) for word in call.keywords if word.arg}


@pytest.mark.parametrize("path", sorted((ROOT / "functions").glob("*/*.py")), ids=lambda path: path.parent.name)
def test_no_function_sends_a_script(path: Path) -> None:
    """A script as a parameter is for a terminal on an account without the stack."""
    assert "commands" not in names_given(path)


def test_one_place_sends_commands() -> None:
    """There is no other way to a node's shell."""
    senders = {path.name for path in (ROOT / "layers").rglob("*.py") if "send_command(" in path.read_text()}

    assert senders == {"dispatch.py"}
