"""The account's IAM in tests: it has to refuse what the template's policies do not say, or it proves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.fleet import load
from tests.fixtures.iam_guard import allows
from tests.fixtures.iam_request import Question
from tests.fixtures.stack_policies import one_region
from tests.fixtures.stack_template import TEMPLATE

FLEET = load("incident")
PLACE = f"{FLEET.region}:{FLEET.account}"
TABLE = f"arn:aws:dynamodb:{PLACE}:table/fleetscan-memory"
TAG = f"ssm:resourceTag/{TEMPLATE['Parameters']['WorkerTagKey']['Default']}"
HERE = {"aws:RequestedRegion": (FLEET.region,)}


def is_allowed(role: str, action: str, resource: str, **context: Any) -> bool:  # noqa: ANN401 - keys of any shape
    """Tell whether a role may do something; the context's keys are given as one mapping."""
    question = Question(action=action, resource=resource, context=HERE | context.get("context", {}))
    return any(allows(grant, question) for grant in one_region(FLEET, "arn").grants(role))


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
def test_the_scan_may_do_just_this(action: str, resource: str, context: dict[str, Any], *, expected: bool) -> None:
    """Each condition of the policies holds something back."""
    assert expected is is_allowed("ScanRole", action, resource, context=context)


def test_an_operator_that_is_not_known_is_an_error() -> None:
    """Never a yes."""
    grant = one_region(FLEET, "arn").grants("WidgetRole")[-1]
    unknown = type(grant)(sid="", action="a:B", resource="*", conditions={"NumericLessThan": {"a": "1"}})

    with pytest.raises(KeyError):
        allows(unknown, Question(action="a:B", resource="*", context={}))
