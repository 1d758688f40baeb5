"""The page on access to Kubernetes against the program: what the function must reach, and what a report says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.fixtures.stack_template import actions_of, statements

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "kubernetes-access.md").read_text()
ENDPOINTS = {"cloudwatch": "monitoring"}
"""Services whose VPC endpoint has another name than their actions (AWS PrivateLink guide)."""
NOT_BY_THE_FUNCTION = {"logs", "sqs"}
"""What Lambda itself does under the role, from outside of the subnets: the log, and the event of a scan given up."""
ROOMS = ("kubernetes", "aws/access.py", "aws/cluster_access.py")


def sources() -> Iterator[str]:
    """Yield the code that makes the sentences, literals that span lines as one."""
    package = ROOT / "layers" / "fleetscan" / "fleetscan"
    for room in ROOMS:
        for file in sorted((package / room).glob("*.py")) if (package / room).is_dir() else [package / room]:
            yield re.sub(r'"\s*\n\s*f?"', "", file.read_text())


def test_the_vpc_endpoints_are_those_of_the_services_that_a_scan_calls() -> None:
    """One too few and a scan in subnets ends there."""
    (words,) = re.findall(r"through VPC endpoints for (.*?) \(", PAGE, re.DOTALL)
    called = {action.partition(":")[0] for statement in statements("ScanRole") for action in actions_of(statement)}

    assert set(re.findall(r"`([a-z0-9]+)`", words)) == {ENDPOINTS.get(one, one) for one in called - NOT_BY_THE_FUNCTION}


def test_what_a_report_says_is_what_the_program_says() -> None:
    """Each row begins with words of the program."""
    table = PAGE.partition("## What goes wrong")[2]
    said = re.findall(r"^\| (?!the report says)([^|]+?) \|", table, re.MULTILINE)
    parts = [
        part.strip()
        for one in said
        for part in re.split(r"…|\bN\b|CREATING|eks:DescribeCluster on cluster|, as the reason.*", one)
    ]
    code = "\n".join(sources())

    assert [part for part in parts if part.strip(" .:") and part.rstrip(".: ") not in code] == []
    assert len(said) > 10
