"""Refusals by IAM name the missing action, everywhere."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

import fleetscan.aws
from fleetscan.aws.access import asking
from fleetscan.errors import AccessError

PACKAGE = Path(fleetscan.aws.__path__[0])
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if path.stem != "__init__"
)


def error(code: str, message: str = "") -> ClientError:
    """Make the error that botocore raises for a service's refusal."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


def actions_asked(module: str) -> set[str]:
    """Return the IAM actions that a module names where it calls AWS."""
    path = PACKAGE / f"{module.replace('.', '/')}.py"
    return {
        str(node.args[0].value)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "asking"
        and isinstance(node.args[0], ast.Constant)
    }


def test_a_refusal_names_the_action_and_the_resource() -> None:
    """The operator reads what to allow, and the cause is kept."""
    expected = "AWS refused ssm:SendCommand on document collect (AccessDeniedException: User is not authorized)"

    with pytest.raises(AccessError) as caught, asking("ssm:SendCommand", "document collect"):
        raise error("AccessDeniedException", "User is not authorized")

    assert expected == str(caught.value)
    assert isinstance(caught.value.__cause__, ClientError)


def test_a_refusal_without_a_resource_names_the_action_alone() -> None:
    """Calls that know no resource."""
    expected = "AWS refused ec2:DescribeInstances (UnauthorizedOperation)"

    with pytest.raises(AccessError) as caught, asking("ec2:DescribeInstances"):
        raise error("UnauthorizedOperation")

    assert expected == str(caught.value)


def test_every_other_error_passes_through() -> None:
    """Only a refusal is a refusal."""
    with pytest.raises(ClientError), asking("ssm:SendCommand"):
        raise error("InvalidDocument")


@pytest.mark.parametrize("module", MODULES)
def test_a_module_declares_each_action_that_it_asks_for(module: str) -> None:
    """PERMISSIONS is what the stack's policy is compared with, so it must not fall behind the calls."""
    imported = importlib.import_module(f"fleetscan.aws.{module}")
    names = ("PERMISSIONS", "PERMISSIONS_ACROSS_ACCOUNTS")
    declared: frozenset[str] = frozenset().union(*(getattr(imported, name, frozenset()) for name in names))
    needs_none = {"sts:GetCallerIdentity"}

    assert actions_asked(module) - needs_none <= declared
