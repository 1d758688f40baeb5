"""The list of legitimate capture agents: what ships is well-formed, and what is malformed is refused."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.knowledge.capture_agents import CaptureAgent, capture_agent, capture_agents, parse
from fleetscan.diagnosis.knowledge.unmaintained import Confidence, listed_images
from fleetscan.errors import ParseError

ENTRY = """
[[agent]]
id = "tcpdump"
purpose = "a capture by hand"
repositories = ["nicolaka/netshoot"]
commands = ["tcpdump"]
is_daemon = false
source = "tcpdump(8)"
confidence = "high"
"""


@pytest.mark.parametrize(
    ("image", "command", "expected"),
    [
        ("docker.io/datadog/agent:7.60", "system-probe", "datadog"),
        ("registry.example/mirror/cilium/cilium:v1.16", "cilium-agent", "cilium"),
        ("602401143452.dkr.ecr.us-east-1.amazonaws.com/amazon-k8s-cni:v1.18", "aws-k8s-agent", "vpc_cni"),
        ("", "systemd-network", "host_network"),
        ("", "dhclient", "host_network"),
        ("", "suricata", "suricata"),
    ],
)
def test_the_list_that_ships_knows_them(image: str, command: str, expected: str) -> None:
    """A pod by its image, a process of the host by its command."""
    found = capture_agent(image=image, command=command)

    assert found is not None
    assert expected == found.id


@pytest.mark.parametrize(
    ("image", "command"),
    [("docker.io/weaveworks/scope:1.13.2", "scope"), ("docker.io/evil/miner:1", "tcpdump"), ("", "scope"), ("", "")],
)
def test_anybody_else_is_not_excused(image: str, command: str) -> None:
    """Inside a container a process may call itself what it likes."""
    assert capture_agent(image=image, command=command) is None


def test_nothing_abandoned_is_excused() -> None:
    """The two lists contradict each other nowhere; a known leak may be legitimate."""
    listed = {name for entry in listed_images() if entry.status == "abandoned" for name in entry.repositories}

    assert listed.isdisjoint(name for agent in capture_agents() for name in agent.repositories)


def test_an_entry_is_read_whole() -> None:
    """Every field."""
    expected = CaptureAgent(
        id="tcpdump",
        purpose="a capture by hand",
        repositories=("nicolaka/netshoot",),
        commands=("tcpdump",),
        is_daemon=False,
        source="tcpdump(8)",
        confidence=Confidence.HIGH,
    )

    assert (expected,) == parse(ENTRY)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must hold"),
        ("agent = 1", "must hold"),
        ("agent = [1]", "exactly the fields"),
        ("[[agent", "no TOML"),
        ("version = 1" + ENTRY, "must hold"),
        (ENTRY + ENTRY, "id tcpdump is given twice"),
        (ENTRY + ENTRY.replace('id = "tcpdump"', 'id = "other"'), "repository nicolaka/netshoot is given twice"),
        (ENTRY.replace('source = "tcpdump(8)"', ""), "exactly the fields"),
        (ENTRY + "severity = 1", "exactly the fields"),
        (ENTRY.replace('"high"', '"certain"'), "'certain' is not a valid Confidence"),
        (ENTRY.replace("false", '"no"'), "is_daemon is neither true nor false"),
        (ENTRY.replace('["nicolaka/netshoot"]', "[]").replace('["tcpdump"]', "[]"), "neither an image nor a command"),
        (ENTRY.replace('["tcpdump"]', '"tcpdump"'), "commands is no list of names"),
        (ENTRY.replace('["tcpdump"]', '["sixteen-letters-"]'), "commands is not as it should be"),
        (ENTRY.replace("nicolaka/netshoot", "docker.io/X:1"), "repositories is not as it should be"),
        (ENTRY.replace('"a capture by hand"', '""'), "purpose is not as it should be"),
        (ENTRY.replace('id = "tcpdump"', 'id = "Tcp dump"'), "id is not as it should be"),
    ],
)
def test_a_malformed_list_is_refused_with_its_reason(text: str, reason: str) -> None:
    """The build fails here, never a scan."""
    with pytest.raises(ParseError, match=reason):
        parse(text)
