"""The lists that ship as data, as one value."""

from __future__ import annotations

from fleetscan.fleet.known_software import KnownSoftware, known_software


def test_what_ships_knows_the_incident_s_agent() -> None:
    """It is unmaintained; kube-proxy is known by name and maintained."""
    lists = known_software()
    entry = lists.unmaintained("weaveworks/scope")

    assert entry is not None
    assert entry.is_repository("weaveworks/scope")
    assert lists.unmaintained("eks/kube-proxy") is None
    assert {"weaveworks/scope", "eks/kube-proxy", "datadog/agent"} <= lists.repositories


def test_an_agent_is_known_by_its_image_or_its_command() -> None:
    """A pod by the one, a process of the host by the other."""
    lists = known_software()

    assert lists.agent("docker.io/datadog/agent:7", "anything") in lists.agents
    assert lists.agent("docker.io/acme/netmap:1", "anything") is None


def test_a_list_of_nothing_knows_the_cluster_s_own_images_alone() -> None:
    """They can be recognised by their hash whatever the lists say."""
    nothing = KnownSoftware(listed=(), agents=())

    assert "eks/kube-proxy" in nothing.repositories
    assert nothing.unmaintained("weaveworks/scope") is None
