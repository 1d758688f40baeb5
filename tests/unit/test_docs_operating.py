"""The operator's pages against the stack: every setting, alarm and permission is reported, and no other."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml
from botocore import xform_name

from docs import page_words
from fleetscan.cli.arguments import parser

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE, ALARMS, TROUBLES, ARCHITECTURE = (
    (DOCS / name).read_text() for name in ("reference.md", "alarms.md", "troubleshooting.md", "architecture.md")
)

GLOBAL_OPTIONS = frozenset({"output", "query", "region", "profile", "max-items", "no-cli-pager"})
"""Of the AWS CLI itself (AWS CLI user guide, "Command line options", and pagination)."""
OWN_COMMANDS = {
    ("logs", "tail"): frozenset({"since", "format", "follow"}),
    ("s3", "rb"): frozenset({"force"}),
    ("s3", "cp"): frozenset(),
    ("sso", "login"): frozenset({"sso-session"}),
}
"""Commands of the AWS CLI that are no operation of a service."""
RENAMED = {("sns", "subscribe"): {"notification-endpoint"}}
"""Options that the AWS CLI calls otherwise than the service does (its table of renamed arguments)."""


class TemplateLoader(yaml.CSafeLoader):
    """YAML in which CloudFormation's short functions are their text."""


def _text(loader: TemplateLoader, suffix: str, node: yaml.Node) -> Any:  # noqa: ANN401 - what YAML holds
    if suffix == "If" and isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return f"{suffix} {node.value}"


TemplateLoader.add_multi_constructor("!", _text)
TEMPLATE: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), TemplateLoader)  # noqa: S506 - a SafeLoader


def section(page: str, title: str, level: str = "##") -> str:
    """Return what stands below a heading, up to the next one of its level."""
    _, _, rest = page.partition(f"\n{level} {title}\n")
    return re.split(rf"\n{level} ", rest)[0]


def first_cells(text: str) -> list[str]:
    """Return the names in back quotes that begin the rows of tables."""
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def commands(program: str) -> Iterator[tuple[str, list[str]]]:
    """Yield every command line of a program on the pages, in blocks and between back quotes, with its words."""
    for page in page_words.hand_written().values():
        blocks = re.findall(r"^ *```\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL)
        prose = re.sub(r"^ *```\n.*?^ *```", "", page, flags=re.MULTILINE | re.DOTALL)
        joined = "\n".join(blocks).replace("\\\n", " ").splitlines()
        quoted = [one.replace("\n", " ") for one in re.findall(r"`([^`]+)`", prose)]
        for line in (*joined, *quoted):
            # A command in a command is not looked into: shlex keeps $(...) as words.
            words = shlex.split(re.sub(r"\$\([^)]*\)", "VALUE", line)) if program in line else []
            if words[:1] == [program] and len(words) > 1:
                yield line.strip(), words[1:]


def test_every_parameter_of_the_stack_is_reported_and_no_other() -> None:
    """In the order of the template's own groups or not, each has one row."""
    assert sorted(TEMPLATE["Parameters"]) == sorted(first_cells(section(REFERENCE, "Settings")))


def test_defaults_are_those_of_the_template() -> None:
    """A default in words stands for an empty one."""
    reported = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section(REFERENCE, "Settings"), re.MULTILINE))
    actual = {
        name: reported[name].strip("` ")
        for name, parameter in TEMPLATE["Parameters"].items()
        if parameter["Default"] != ""
    }

    assert {name: str(TEMPLATE["Parameters"][name]["Default"]) for name in actual} == actual


def test_every_alarm_has_its_page_and_no_other() -> None:
    """Below a heading of its own: what is seen, first, decide, over when."""
    alarms = {
        name.removesuffix("Alarm")
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }
    headings = re.findall(r"^## (\w+)$", ALARMS, re.MULTILINE)

    assert alarms == set(headings)
    for alarm in headings:
        reported = section(ALARMS, alarm)
        assert [
            word for word in ("**You see**", "**First**", "**Decide**", "**Over when**") if word not in reported
        ] == []


def test_every_statement_of_the_role_is_reported_with_its_actions() -> None:
    """Each row names the policy, the statement and every action; no statement is listed that is not there."""
    role = TEMPLATE["Resources"]["ScanRole"]["Properties"]["Policies"]
    # What depends on a parameter is a list: the condition, the policy, and nothing in its place.
    policies = [one for each in role for one in (each if isinstance(each, list) else [each]) if isinstance(one, dict)]
    policies.append(TEMPLATE["Resources"]["AskKubernetesPolicy"]["Properties"])
    statements = [(policy["PolicyName"], one) for policy in policies for one in policy["PolicyDocument"]["Statement"]]
    runs = TEMPLATE["Resources"]["RunOnWorkersPolicy"]["Properties"]
    text = str(runs["PolicyDocument"]).removeprefix("Sub ")
    statements += [(runs["PolicyName"], one) for one in json.loads(text)["Statement"]]
    rows = dict(re.findall(r"^\| (\w+ \| `\w+`) \| ([^|]+) \|", section(REFERENCE, "Permissions"), re.MULTILINE))

    assert {f"{policy} | `{one['Sid']}`" for policy, one in statements} == set(rows)
    for policy, one in statements:
        actions = [one["Action"]] if isinstance(one["Action"], str) else one["Action"]
        assert [action for action in actions if f"`{action}`" not in rows[f"{policy} | `{one['Sid']}`"]] == []


def test_every_output_that_a_command_needs_exists() -> None:
    """DOCUMENT, TABLE, FUNCTION, QUEUE_URL and TOPIC_ARN are outputs of the stack."""
    outputs = {"DocumentName", "TableName", "FunctionName", "DeadLetterQueueUrl", "TopicArn"}

    assert outputs <= set(TEMPLATE["Outputs"])


def test_there_are_many_symptoms_and_each_says_why_or_what_to_do() -> None:
    """A symptom without an answer helps nobody."""
    entries = re.split(r"\n### ", TROUBLES)[1:]

    assert len(entries) > 30
    assert [entry.splitlines()[0] for entry in entries if "**Why.**" not in entry and "**Do**" not in entry] == []


@pytest.mark.parametrize(
    ("line", "words"), list(commands("aws")), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_command_of_aws_is_one(line: str, words: list[str]) -> None:
    """Service, operation and every option are in botocore's models, which the AWS CLI is made from."""
    assert line
    service, operation, *rest = words
    options = {word.removeprefix("--") for word in rest if word.startswith("--")} - GLOBAL_OPTIONS
    if (service, operation) in OWN_COMMANDS:
        assert options <= OWN_COMMANDS[service, operation]
        return
    model = botocore.session.get_session().get_service_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in names
    shape = model.operation_model(names[operation]).input_shape
    known = {xform_name(name, "-") for name in (shape.members if shape else ())}

    assert options <= known | RENAMED.get((service, operation), set())


@pytest.mark.parametrize(
    ("line", "words"), list(commands("fleetscan")), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_command_of_ours_is_one(line: str, words: list[str]) -> None:
    """The parser takes it."""
    arguments = parser().parse_args(words[: words.index("|")] if "|" in words else words)

    assert arguments.command == words[0], line


def test_the_picture_is_drawn_from_its_source() -> None:
    """Nobody edits an SVG by hand."""
    specification = importlib.util.spec_from_file_location("architecture_picture", DOCS / "architecture_picture.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module  # dataclasses look their module up
    specification.loader.exec_module(module)

    assert module.picture() == module.PICTURE.read_text()


def packages_listed() -> list[str]:
    """Return what the table of packages names in its first column."""
    cells = re.findall(r"^\| (`[^|]+) \|", section(ARCHITECTURE, "Packages"), re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_every_package_that_is_reported_exists() -> None:
    """In the table of packages, by its name in the package."""
    package = ROOT / "layers" / "fleetscan" / "fleetscan"

    assert len(packages_listed()) > 15
    assert [name for name in packages_listed() if not (package / name).exists()] == []


def test_every_package_is_reported() -> None:
    """A module or folder that the table leaves out is one that nobody will find."""
    package = ROOT / "layers" / "fleetscan" / "fleetscan"
    there = {f"{path.name}/" if path.is_dir() else path.name for path in package.iterdir() if "__" not in path.name}

    assert sorted(there - {"py.typed", "collect.sh"} - set(packages_listed())) == []
