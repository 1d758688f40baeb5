"""The stacks for many accounts against the code: permissions, settings, trust and the state machine."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import cfnlint
import jsonschema
import pytest
import yaml

from fleetscan import settings
from fleetscan.aws import assumed, cloudwatch, ec2, eks, runs, s3, sns
from fleetscan.aws import (
    credits as credit_reading,
)
from fleetscan.aws.dynamodb import claims, credit_cache, episodes, mutes, node_history, rosters, series_ledger
from fleetscan.aws.run_command import collector
from fleetscan.settings import Settings
from fleetscan.settings import fanout as fanout_settings
from fleetscan.settings.fanout import FanoutSettings
from tests.fixtures.stack_template import HUB, ROOT, SPOKE, TEMPLATE, TemplateLoader, actions_of, statements

STATE_MACHINE: dict[str, Any] = json.loads((ROOT / "statemachines" / "fanout.asl.json").read_text())
LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}


def actions(template: Mapping[str, Any], role: str) -> set[str]:
    """Return a role's actions."""
    return {action for one in statements(role, template) for action in actions_of(one)}


def partitions(role: str) -> set[tuple[str, str]]:
    """Return which actions on the table a role of the hub has, each with the partition key."""
    return {
        (action, key)
        for one in statements(role, HUB)
        for action in actions_of(one)
        if action.startswith("dynamodb:")
        for (condition,) in [one["Condition"].values()]
        for key in condition["dynamodb:LeadingKeys"]
    }


class TestHub:
    """Each step may do what it does."""

    def test_planning_enters_spokes_and_claims_scans(self) -> None:
        """It reads the list and writes the plan."""
        expected = LOG | claims.PERMISSIONS | assumed.PERMISSIONS_ACROSS_ACCOUNTS | runs.PERMISSIONS_ACROSS_ACCOUNTS

        assert expected == actions(HUB, "PlanRole")
        assert partitions("PlanRole") == {(action, claims.PARTITION) for action in claims.PERMISSIONS}

    def test_scanning_enters_spokes_and_keeps_readings(self) -> None:
        """It reads which incidents are open and writes none, notifies nobody, and reads no other part."""
        expected = (
            LOG
            | assumed.PERMISSIONS_ACROSS_ACCOUNTS
            | node_history.PERMISSIONS
            | credit_cache.PERMISSIONS
            | {"dynamodb:Query", "s3:PutObject"}
        )
        table = {
            *((action, "node#*") for action in node_history.PERMISSIONS),
            *((action, credit_cache.PARTITION) for action in credit_cache.PERMISSIONS),
            ("dynamodb:Query", episodes.PARTITION),
        }

        assert expected == actions(HUB, "ScanRole")
        assert table == partitions("ScanRole")

    def test_concluding_enters_nothing(self) -> None:
        """It reads runs, remembers, publishes and notifies."""
        expected = (
            LOG
            | {"s3:ListBucket"}
            | s3.WRITING
            | episodes.PERMISSIONS
            | rosters.PERMISSIONS
            | mutes.PERMISSIONS
            | series_ledger.PERMISSIONS
            | cloudwatch.PERMISSIONS
            | sns.PERMISSIONS
        )

        assert expected - {"dynamodb:PutItem"} <= actions(HUB, "ConcludeRole")
        assert actions(HUB, "ConcludeRole") <= expected
        assert not {("dynamodb:PutItem", "mutes"), ("dynamodb:DeleteItem", "mutes")} & partitions("ConcludeRole")
        assert {key for _, key in partitions("ConcludeRole")} == {"episodes", "mutes", "series", "workers"}

    def test_only_roles_of_the_spokes_name_can_be_assumed(self) -> None:
        """In any account, for the list of targets is no part of the template."""
        for role in ("PlanRole", "ScanRole"):
            (found,) = [one for one in statements(role, HUB) if one["Action"] == "sts:AssumeRole"]

            assert found["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${SpokeRoleName}"}

    def test_its_environment_is_read_as_settings_of_a_scan_and_of_the_fan_out(self) -> None:
        """Each variable is a setting, and the template's defaults are the code's."""
        variables = HUB["Globals"]["Function"]["Environment"]["Variables"]
        given = {
            name: str(HUB["Parameters"].get(value["Ref"], {}).get("Default", ""))
            for name, value in variables.items()
            if not isinstance(value, str)
        }
        needed = {"FANOUT_BUCKET": "bucket", "FANOUT_EXTERNAL_ID": "a-word-that-nobody-guesses"}
        fanned = {name: value for name, value in given.items() if name.startswith(fanout_settings.PREFIX)}
        scanned = {name: value for name, value in given.items() if name.startswith(settings.PREFIX)}

        assert Settings(document_name="fleetscan-collect") == settings.read(scanned)
        assert FanoutSettings(
            bucket=needed["FANOUT_BUCKET"], external_id=needed["FANOUT_EXTERNAL_ID"]
        ) == fanout_settings.read({**fanned, **needed})
        assert len(fanned) == len(fields(FanoutSettings))

    def test_its_parameters_are_those_of_the_first_stack_where_they_have_the_same_name(self) -> None:
        """One name, one meaning, one default; the schedule alone is slower."""
        shared = (set(HUB["Parameters"]) & set(TEMPLATE["Parameters"])) - {"ScheduleExpression"}
        fields = ("Type", "Default", "MinValue", "MaxValue", "AllowedValues", "AllowedPattern")

        for name in shared:
            assert {one: HUB["Parameters"][name].get(one) for one in fields} == {
                one: TEMPLATE["Parameters"][name].get(one) for one in fields
            }

    def test_the_spokes_document_is_pinned_by_its_hash_where_somebody_names_it(self) -> None:
        """Its version would not do: an update of a spoke makes a new one of the same document."""
        variables = HUB["Globals"]["Function"]["Environment"]["Variables"]

        assert variables["FLEETSCAN_DOCUMENT_HASH"] == {"Ref": "DocumentHash"}
        assert "FLEETSCAN_DOCUMENT_VERSION" not in variables

    def test_the_bucket_is_private_encrypted_and_forgets_runs(self) -> None:
        """And takes nothing that is not sent over TLS."""
        bucket = HUB["Resources"]["RunBucket"]["Properties"]
        (rule,) = bucket["LifecycleConfiguration"]["Rules"]
        (statement,) = HUB["Resources"]["RunBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]

        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"]
        assert (rule["Prefix"], rule["Status"]) == ("runs/", "Enabled")
        assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


class TestSpoke:
    """What a member account grants."""

    def test_it_grants_what_a_scan_needs_and_nothing_else(self) -> None:
        """The same as the role of the one function, without what is remembered, published and reported."""
        expected = ec2.PERMISSIONS | eks.PERMISSIONS | collector.PERMISSIONS | credit_reading.PERMISSIONS

        assert expected == actions(SPOKE, "SpokeRole")

    def test_only_the_hubs_two_roles_come_in_and_only_with_the_external_id(self) -> None:
        """The names are those that the hub's stack gives its roles."""
        (trust,) = SPOKE["Resources"]["SpokeRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        role = "arn:${AWS::Partition}:iam::${HubAccount}:role/${HubStackName}"
        expected = {
            "StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}},
            "ArnEquals": {"aws:PrincipalArn": [{"Fn::Sub": f"{role}-plan"}, {"Fn::Sub": f"{role}-scan"}]},
        }
        names = [HUB["Resources"][one]["Properties"]["RoleName"]["Fn::Sub"] for one in ("PlanRole", "ScanRole")]

        assert expected == trust["Condition"]
        assert names == ["${AWS::StackName}-plan", "${AWS::StackName}-scan"]
        assert SPOKE["Parameters"]["ExternalId"] | {"Description": ""} == HUB["Parameters"]["ExternalId"] | {
            "Description": ""
        }

    def test_a_command_is_this_document_on_tagged_instances(self) -> None:
        """As in the stack of one Region."""
        sent = [one for one in statements("SpokeRole", SPOKE) if one["Action"] == "ssm:SendCommand"]
        expected = [
            ("arn:${AWS::Partition}:ssm:*:${AWS::AccountId}:document/${DocumentName}", None),
            (
                "arn:${AWS::Partition}:ec2:*:${AWS::AccountId}:instance/*",
                {"StringLike": {"ssm:resourceTag/${WorkerTagKey}": "${WorkerTagValue}"}},
            ),
        ]

        assert expected == [(one["Resource"], one.get("Condition")) for one in sent]
        for name in ("WorkerTagKey", "WorkerTagValue"):
            assert SPOKE["Parameters"][name]["AllowedPattern"] == TEMPLATE["Parameters"][name]["AllowedPattern"]

    def test_what_is_allowed_on_everything_is_narrowed_to_the_regions(self) -> None:
        """A Region that is not scanned cannot be looked at."""
        for one in statements("SpokeRole", SPOKE):
            if one["Resource"] == "*":
                assert one["Condition"] == {"StringEquals": {"aws:RequestedRegion": {"Ref": "Regions"}}}

    def test_hub_and_spokes_call_role_and_document_by_the_same_names(self) -> None:
        """By default, so that nobody has to choose."""
        pairs = {"SpokeRoleName": "RoleName", "DocumentName": "DocumentName"}

        for hub, spoke in pairs.items():
            assert HUB["Parameters"][hub]["Default"] == SPOKE["Parameters"][spoke]["Default"]

    def test_what_stack_sets_deploy_has_the_document_in_it_and_no_transform(self) -> None:
        """Stack sets that AWS Organizations manages take none; and it fits into what a bucket may hand over."""
        specification = importlib.util.spec_from_file_location("documents_spoke", ROOT / "documents" / "spoke.py")
        assert specification is not None
        assert specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        document = (ROOT / "documents" / "collector.json").read_text()
        text = module.packaged((ROOT / "spoke.yaml").read_text(), document)
        found = yaml.load(text, TemplateLoader)  # noqa: S506 - a SafeLoader

        assert found["Resources"]["CollectorDocument"]["Properties"]["Content"] == json.loads(document)
        assert "Transform" not in text
        assert len(text.encode()) < module.MOST_BYTES
        with pytest.raises(ValueError, match="does not include"):
            module.packaged("Resources: {}", document)


class TestStateMachine:
    """The definition."""

    def test_it_is_as_the_schema_of_the_language_wants_it(self) -> None:
        """The schema that cfn-lint checks definitions with."""
        folder = Path(cfnlint.__file__).parent / "data" / "schemas" / "other" / "step_functions"
        schema = json.loads((folder / "statemachine.json").read_text())

        jsonschema.validate(STATE_MACHINE, schema, jsonschema.Draft7Validator)

    def test_each_substitution_is_given_and_used(self) -> None:
        """By the template's names."""
        given = HUB["Resources"]["StateMachine"]["Properties"]["DefinitionSubstitutions"]

        assert set(given) == set(re.findall(r"\$\{(\w+)\}", json.dumps(STATE_MACHINE)))

    def test_each_call_is_tried_again_with_jitter_unless_that_would_mend_nothing(self) -> None:
        """A setting or a missing permission is the same a minute later."""
        states = STATE_MACHINE["States"]
        tasks = [states["Plan"], states["Conclude"], states["ScanTargets"]["ItemProcessor"]["States"]["ScanTarget"]]

        for task in tasks:
            first, last = task["Retry"]
            assert first["MaxAttempts"] == 0
            assert "SettingError" in first["ErrorEquals"]
            assert (last["ErrorEquals"], last["JitterStrategy"]) == (["States.ALL"], "FULL")
            assert last["MaxAttempts"] >= 2
            assert last["BackoffRate"] > 1

    def test_a_task_outlives_its_function(self) -> None:
        """Else the state machine would try again while the first one still runs."""
        functions = {"Plan": "PlanFunction", "Conclude": "ConcludeFunction"}
        default = HUB["Globals"]["Function"]["Timeout"]
        scan = STATE_MACHINE["States"]["ScanTargets"]["ItemProcessor"]["States"]["ScanTarget"]

        assert scan["TimeoutSeconds"] > default
        for state, name in functions.items():
            timeout = HUB["Resources"][name]["Properties"].get("Timeout", default)
            assert STATE_MACHINE["States"][state]["TimeoutSeconds"] >= timeout

    def test_no_failure_of_a_target_ends_the_others(self) -> None:
        """Caught inside the item, and tolerated by the map."""
        scan = STATE_MACHINE["States"]["ScanTargets"]
        (caught,) = scan["ItemProcessor"]["States"]["ScanTarget"]["Catch"]

        assert scan["ToleratedFailurePercentage"] == 100
        assert caught["ErrorEquals"] == ["States.ALL"]


@pytest.mark.parametrize("template", [HUB, SPOKE], ids=["hub", "spoke"])
def test_each_parameter_has_a_description_a_label_and_a_place_in_the_form(template: dict[str, Any]) -> None:
    """Whoever deploys from the console sees words in groups."""
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    expected = set(template["Parameters"])

    assert expected == {name for group in interface["ParameterGroups"] for name in group["Parameters"]}
    assert expected == set(interface["ParameterLabels"])
    assert all(parameter.get("Description") for parameter in template["Parameters"].values())


@pytest.mark.parametrize("name", ["PlanRole", "ScanRole", "ConcludeRole", "StateMachineRole"])
def test_no_action_is_a_wildcard(name: str) -> None:
    """Each statement says in full what it allows."""
    assert not [action for action in actions(HUB, name) if "*" in action]
