"""The list of abandoned images: what ships is well-formed, and what is malformed is refused."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.knowledge.unmaintained import Confidence, ListedImage, Status, listed_images, parse
from fleetscan.errors import ParseError

ENTRY = """
[[image]]
id = "weave_scope"
repositories = ["weaveworks/scope"]
status = "abandoned"
since = "2024-02"
source = "cncf/landscape pull request 4023"
confidence = "high"
advice = "Remove it."
"""


def test_the_list_that_ships_is_well_formed_and_knows_the_incidents_image() -> None:
    """A malformed entry fails the build here, never a scan."""
    scope = next(entry for entry in listed_images() if entry.is_repository("weaveworks/scope"))
    expected = (Status.ABANDONED, Confidence.HIGH)

    assert expected == (scope.status, scope.confidence)


@pytest.mark.parametrize(
    ("repository", "status"),
    [
        ("jtblin/kube2iam", Status.SUPERSEDED),
        ("weaveworks/kured", Status.SUPERSEDED),
        ("grafana/promtail", Status.END_OF_LIFE),
        ("grafana/agent", Status.END_OF_LIFE),
        ("netdata/netdata", Status.LEAK),
        ("falcosecurity/falco", Status.LEAK),
    ],
)
def test_what_is_maintained_or_superseded_is_not_called_abandoned(repository: str, status: Status) -> None:
    """Only "abandoned" is an attribution."""
    found = [entry.status for entry in listed_images() if entry.is_repository(repository)]

    assert found == [status]


@pytest.mark.parametrize(
    "repository", ["amazon/cloudwatch-agent", "eks/kube-proxy", "kubereboot/kured", "grafana/alloy"]
)
def test_maintained_images_are_not_on_the_list(repository: str) -> None:
    """Nor what took the place of those that are."""
    assert not [entry.id for entry in listed_images() if entry.is_repository(repository)]


def test_an_entry_is_read_whole() -> None:
    """Every field."""
    expected = (
        ListedImage(
            id="weave_scope",
            repositories=("weaveworks/scope",),
            status=Status.ABANDONED,
            since="2024-02",
            source="cncf/landscape pull request 4023",
            confidence=Confidence.HIGH,
            advice="Remove it.",
        ),
    )

    assert expected == parse(ENTRY)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must hold"),
        ("image = 1", "must hold"),
        ("image = [1]", "image 1 is no table"),
        ("[[image", "no TOML"),
        ("[[images]]", "must hold"),
        ("version = 1" + ENTRY, "must hold"),
        (ENTRY + ENTRY, "id weave_scope is given twice"),
        (ENTRY + ENTRY.replace("weave_scope", "other"), "repository weaveworks/scope is given twice"),
        (ENTRY.replace('advice = "Remove it."', ""), "exactly the fields"),
        (ENTRY + 'severity = "critical"', "exactly the fields"),
        (ENTRY.replace('"abandoned"', '"dead"'), "'dead' is not a valid Status"),
        (ENTRY.replace('"high"', '"certain"'), "'certain' is not a valid Confidence"),
        (ENTRY.replace('"high"', "1"), "1 is not a valid Confidence"),
        (ENTRY.replace('["weaveworks/scope"]', "[]"), "no list of names"),
        (ENTRY.replace('["weaveworks/scope"]', '"weaveworks/scope"'), "no list of names"),
        (ENTRY.replace("weaveworks/scope", "docker.io/Weave:1"), "repositories is not as it should be"),
        (ENTRY.replace('["weaveworks/scope"]', "[7]"), "repositories is not as it should be"),
        (ENTRY.replace("2024-02", "February 2024"), "since is not as it should be"),
        (ENTRY.replace('"Remove it."', '""'), "advice is not as it should be"),
        (ENTRY.replace("weave_scope", "Weave Scope"), "id is not as it should be"),
    ],
)
def test_a_malformed_list_is_refused_with_its_reason(text: str, reason: str) -> None:
    """Nothing is guessed and nothing is left out."""
    with pytest.raises(ParseError, match=reason):
        parse(text)
