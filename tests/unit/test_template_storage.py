"""Whatever keeps or carries data, in any template of the project: encrypted where it lies, and reached over TLS only.

A new topic, queue, table or bucket is found by its type, so one without these fails here the day it is added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from tests.fixtures.stack_template import ROOT, listed, loaded

NOT_OURS = {
    ".git",
    ".venv",
    ".venv-demo",
    ".venv-sam",
    ".venv-security",
    ".aws-sam",
    ".apiserver",
    "node_modules",
    "build",
}
OVER_PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}

type Json = Mapping[str, Any]


@cache
def templates() -> Mapping[str, Json]:
    """Return every CloudFormation template of the project, by its path in it."""
    found = []
    for folder, folders, names in ROOT.walk():
        folders[:] = set(folders) - NOT_OURS  # walked no further: they have tens of thousands of files
        found += [folder / name for name in names if name.endswith((".yaml", ".yml"))]
    return {
        (name := str(path.relative_to(ROOT))): loaded(name)
        for path in sorted(found)
        if "AWSTemplateFormatVersion" in path.read_text()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is asked of one type of resource."""

    is_encrypted: Callable[[Json], bool]
    denied: str
    """The action that a policy denies without TLS: all that the service lets a resource's policy deny."""
    policy_type: str = ""
    policies: str = ""
    """The property of a policy that names what it is on."""


KINDS = {
    "AWS::SNS::Topic": Kind(
        is_encrypted=lambda topic: bool(topic.get("KmsMasterKeyId")),
        denied="sns:Publish",
        policy_type="AWS::SNS::TopicPolicy",
        policies="Topics",
    ),
    "AWS::SQS::Queue": Kind(
        is_encrypted=lambda queue: queue.get("SqsManagedSseEnabled") is True or bool(queue.get("KmsMasterKeyId")),
        denied="sqs:*",
        policy_type="AWS::SQS::QueuePolicy",
        policies="Queues",
    ),
    "AWS::S3::Bucket": Kind(
        is_encrypted=lambda bucket: bool(
            bucket.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
        ),
        denied="s3:*",
        policy_type="AWS::S3::BucketPolicy",
        policies="Bucket",
    ),
    "AWS::DynamoDB::Table": Kind(
        is_encrypted=lambda table: table.get("SSESpecification", {}).get("SSEEnabled") is True,
        denied="dynamodb:*",
    ),
}
NEVER_PLAIN = {"AWS::Serverless::SimpleTable", "AWS::DynamoDB::GlobalTable", "AWS::Kinesis::Stream"}
"""Other places for data: none is used, and whoever uses one says here how it is kept."""

KEPT = [
    pytest.param(template, name, id=f"{path}:{name}")
    for path, template in templates().items()
    for name, resource in template["Resources"].items()
    if resource["Type"] in KINDS
]


def policies_on(template: Json, name: str) -> list[Json]:
    """Return the statements of every policy on a resource."""
    resource = template["Resources"][name]
    kind = KINDS[resource["Type"]]
    own: list[Json] = resource["Properties"].get("ResourcePolicy", {}).get("PolicyDocument", {}).get("Statement", [])
    return own + [
        statement
        for policy in template["Resources"].values()
        if policy["Type"] == kind.policy_type and {"Ref": name} in listed(policy["Properties"][kind.policies])
        # A policy that may not be there does not count, unless the resource is there under the same condition.
        if policy.get("Condition") in {None, resource.get("Condition")}
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def covers(statement: Json, name: str) -> bool:
    """Return whether a statement is about the resource as a whole."""
    whole = [{"Ref": name}, {"Fn::GetAtt": f"{name}.Arn"}, "*"]
    return any(each in whole for each in listed(statement["Resource"]))


@pytest.mark.parametrize(("template", "name"), KEPT)
def test_it_is_encrypted_at_rest(template: Json, name: str) -> None:
    """Each as its service does it."""
    resource = template["Resources"][name]

    assert KINDS[resource["Type"]].is_encrypted(resource["Properties"])


@pytest.mark.parametrize(("template", "name"), KEPT)
def test_it_is_reached_over_tls_only(template: Json, name: str) -> None:
    """For everybody, by a policy on the resource itself."""
    kind = KINDS[template["Resources"][name]["Type"]]
    denying = [
        statement
        for statement in policies_on(template, name)
        if (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", kind.denied)
        and statement["Condition"] == OVER_PLAIN_HTTP
        and covers(statement, name)
    ]

    assert len(denying) == 1


def test_nothing_keeps_data_unseen() -> None:
    """The tables above found what the stack has, and it has nothing of another kind."""
    types = {resource["Type"] for template in templates().values() for resource in template["Resources"].values()}

    assert types & NEVER_PLAIN == set()
    assert set(KINDS) <= types


def test_a_bucket_s_objects_are_covered_too() -> None:
    """Deny on the bucket alone would leave what is in it."""
    for parameter in KEPT:
        template, name = parameter.values
        assert isinstance(template, Mapping)
        assert isinstance(name, str)
        if template["Resources"][name]["Type"] == "AWS::S3::Bucket":
            (deny,) = (each for each in policies_on(template, name) if each["Sid"] == "OnlyOverTls")
            assert {"Fn::Sub": f"${{{name}.Arn}}/*"} in deny["Resource"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_bare_resource_is_found_out(kind: str) -> None:
    """What these tests ask for is not there by itself."""
    bare: Json = {"Resources": {"New": {"Type": kind, "Properties": {}}}}

    assert not KINDS[kind].is_encrypted({})
    assert policies_on(bare, "New") == []
