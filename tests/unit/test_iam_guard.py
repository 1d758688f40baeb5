"""The accounts' IAM in tests: it has to refuse what the templates' policies do not say, or it proves nothing."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from simulator.fleet import load
from simulator.organisation import EXTERNAL_ID
from simulator.relocation import relocated
from tests.fixtures.iam_guard import allows
from tests.fixtures.iam_request import Context, Question
from tests.fixtures.stack_policies import Grant, hub, one_region, spoke
from tests.fixtures.stack_template import TEMPLATE

FLEET = load("incident")
PLACE = f"{FLEET.region}:{FLEET.account}"
TABLE = f"arn:aws:dynamodb:{PLACE}:table/fleetscan-memory"
TAG = f"ssm:resourceTag/{TEMPLATE['Parameters']['WorkerTagKey']['Default']}"
HERE = {"aws:RequestedRegion": (FLEET.region,)}
MEMBER = relocated(FLEET, account="222222222222", region="eu-west-1")
SPOKE_ROLE = "arn:aws:iam::222222222222:role/fleetscan-spoke"
HUB_ROLES = f"arn:aws:iam::{FLEET.account}:role/fleetscan-fanout"
RUNS = "arn:aws:s3:::fleetscan-runs"


def is_allowed(grants: Iterable[Grant], action: str, resource: str, context: Context) -> bool:
    """Return whether who has these grants may do something."""
    question = Question(action=action, resource=resource, context=HERE | context)
    return any(allows(grant, question) for grant in grants)


@pytest.mark.parametrize(
    ("action", "resource", "context", "expected"),
    [
        ("ssm:SendCommand", f"arn:aws:ssm:{PLACE}:document/fleetscan-collect", {}, True),
        ("ssm:SendCommand", f"arn:aws:ssm:{FLEET.region}::document/AWS-RunShellScript", {}, False),
        ("ssm:SendCommand", f"arn:aws:ssm:{PLACE}:document/AWS-RunShellScript", {}, False),
        ("ssm:SendCommand", f"arn:aws:ec2:{PLACE}:instance/i-0a", {TAG: ("live",)}, True),
        ("ssm:SendCommand", f"arn:aws:ec2:{PLACE}:instance/i-0a", {}, False),
        ("ssm:SendCommand", f"arn:aws:ec2:{PLACE}:instance/i-0a", {"ssm:resourceTag/Name": ("live",)}, False),
        ("ssm:SendCommand", f"arn:aws:ec2:eu-west-1:{FLEET.account}:instance/i-0a", {TAG: ("live",)}, False),
        ("ssm:UpdateDocument", f"arn:aws:ssm:{PLACE}:document/fleetscan-collect", {}, False),
        ("dynamodb:BatchGetItem", TABLE, {"dynamodb:LeadingKeys": ("node#i-0a", "node#i-0b")}, True),
        ("dynamodb:BatchGetItem", TABLE, {"dynamodb:LeadingKeys": ("node#i-0a", "mutes")}, False),
        ("dynamodb:BatchGetItem", TABLE, {}, False),
        ("dynamodb:PutItem", TABLE, {"dynamodb:LeadingKeys": ("mutes",)}, False),
        ("dynamodb:PutItem", TABLE, {"dynamodb:LeadingKeys": ("slack#posts",)}, False),
        ("dynamodb:Scan", TABLE, {}, False),
        ("s3:PutObject", "arn:aws:s3:::fleetscan-reports/reports/a", {}, True),
        ("s3:PutObject", "arn:aws:s3:::fleetscan-reports/other/a", {}, False),
        ("s3:PutObject", "arn:aws:s3:::fleetscan-others/reports/a", {}, False),
        ("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": ("FleetScan",)}, True),
        ("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": ("AWS/EC2",)}, False),
        ("ec2:DescribeInstances", "*", {}, True),
        ("ec2:DescribeInstances", "*", {"aws:RequestedRegion": ("eu-west-1",)}, False),
        ("sns:Publish", f"arn:aws:sns:{PLACE}:fleetscan-findings", {}, True),
        ("sns:Publish", f"arn:aws:sns:{PLACE}:others", {}, False),
    ],
)
def test_the_scan_may_do_just_this(action: str, resource: str, context: Context, *, expected: bool) -> None:
    """Each condition of the policies holds something back."""
    assert expected is is_allowed(one_region(FLEET, "arn").grants("ScanRole"), action, resource, context)


@pytest.mark.parametrize(
    ("role", "action", "resource", "context", "expected"),
    [
        ("PlanRole", "sts:AssumeRole", SPOKE_ROLE, {}, True),
        ("ScanRole", "sts:AssumeRole", SPOKE_ROLE, {}, True),
        ("ConcludeRole", "sts:AssumeRole", SPOKE_ROLE, {}, False),
        ("ScanRole", "sts:AssumeRole", "arn:aws:iam::222222222222:role/admin", {}, False),
        ("PlanRole", "s3:GetObject", f"{RUNS}/targets.json", {}, True),
        ("PlanRole", "s3:PutObject", f"{RUNS}/targets.json", {}, False),
        ("PlanRole", "s3:PutObject", f"{RUNS}/runs/a/plan.json", {}, True),
        ("PlanRole", "s3:PutObject", f"{RUNS}/runs/a/parts/b", {}, False),
        ("PlanRole", "dynamodb:PutItem", TABLE, {"dynamodb:LeadingKeys": ("scan",)}, True),
        ("PlanRole", "dynamodb:PutItem", TABLE, {"dynamodb:LeadingKeys": ("episodes",)}, False),
        ("ScanRole", "s3:PutObject", f"{RUNS}/runs/a/parts/b", {}, True),
        ("ScanRole", "s3:GetObject", f"{RUNS}/runs/a/parts/b", {}, False),
        ("ScanRole", "ssm:SendCommand", f"arn:aws:ssm:{PLACE}:document/fleetscan-collect", {}, False),
        ("ConcludeRole", "s3:PutObject", f"{RUNS}/runs/a/parts/b", {}, False),
        ("ConcludeRole", "s3:PutObject", "arn:aws:s3:::fleetscan-reports/reports/a", {}, True),
        ("ConcludeRole", "dynamodb:PutItem", TABLE, {"dynamodb:LeadingKeys": ("mutes",)}, False),
        ("ConcludeRole", "sns:Publish", f"arn:aws:sns:{PLACE}:fleetscan-chats", {}, True),
        ("ConcludeRole", "sns:Publish", f"arn:aws:sns:{PLACE}:others", {}, False),
    ],
)
def test_a_step_of_a_fan_out_may_do_just_this(
    role: str, action: str, resource: str, context: Context, *, expected: bool
) -> None:
    """What one of the three may do is refused to the others."""
    assert expected is is_allowed(hub(FLEET).grants(role), action, resource, context)


@pytest.mark.parametrize(
    ("action", "resource", "context", "expected"),
    [
        ("ec2:DescribeInstances", "*", {"aws:RequestedRegion": ("eu-west-1",)}, True),
        ("ec2:DescribeInstances", "*", {"aws:RequestedRegion": ("us-east-1",)}, False),
        ("ssm:SendCommand", "arn:aws:ssm:eu-west-1:222222222222:document/fleetscan-collect", {}, True),
        ("ssm:SendCommand", "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript", {}, False),
        ("ssm:SendCommand", "arn:aws:ec2:eu-west-1:222222222222:instance/i-0a", {TAG: ("live",)}, True),
        ("ssm:SendCommand", "arn:aws:ec2:eu-west-1:222222222222:instance/i-0a", {}, False),
        ("ssm:SendCommand", f"arn:aws:ec2:eu-west-1:{FLEET.account}:instance/i-0a", {TAG: ("live",)}, False),
        ("dynamodb:Query", TABLE, {"dynamodb:LeadingKeys": ("episodes",)}, False),
        ("s3:PutObject", f"{RUNS}/runs/a/parts/b", {}, False),
    ],
)
def test_a_hub_may_do_just_this_in_a_member_account(
    action: str, resource: str, context: Context, *, expected: bool
) -> None:
    """Look, and run one document on workers, in the Regions that are scanned."""
    assert expected is is_allowed(spoke(MEMBER, FLEET.account).grants("SpokeRole"), action, resource, context)


@pytest.mark.parametrize(
    ("caller", "external_id", "expected"),
    [
        (f"{HUB_ROLES}-plan", EXTERNAL_ID, True),
        (f"{HUB_ROLES}-scan", EXTERNAL_ID, True),
        (f"{HUB_ROLES}-ConcludeRole-0123456789AB", EXTERNAL_ID, False),
        (f"{HUB_ROLES}-scan-of-somebody", EXTERNAL_ID, False),
        ("arn:aws:iam::333333333333:role/fleetscan-fanout-scan", EXTERNAL_ID, False),
        (f"{HUB_ROLES}-scan", "another-hubs-word", False),
        (f"{HUB_ROLES}-scan", "", False),
    ],
)
def test_a_member_account_lets_in_just_these(caller: str, external_id: str, *, expected: bool) -> None:
    """The two roles of its own hub that need it, and only with the external id."""
    asked: Context = {"aws:PrincipalArn": (caller,)}
    if external_id:
        asked["sts:ExternalId"] = (external_id,)

    assert expected is is_allowed(spoke(MEMBER, FLEET.account).trust("SpokeRole"), "sts:AssumeRole", SPOKE_ROLE, asked)


def test_an_operator_that_is_not_known_is_an_error() -> None:
    """Never a yes."""
    grant = one_region(FLEET, "arn").grants("WidgetRole")[-1]
    unknown = type(grant)(sid="", action="a:B", resource="*", conditions={"NumericLessThan": {"a": "1"}})

    with pytest.raises(KeyError):
        allows(unknown, Question(action="a:B", resource="*", context={}))
