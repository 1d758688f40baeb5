"""Listed images as a matter of the whole cluster: reported once, with the number of nodes."""

from __future__ import annotations

from fleetscan.capture.procfs.images import repository_hash
from fleetscan.fleet.unmaintained_images import unmaintained_images
from fleetscan.model.finding import Evidence, Severity, Suspect
from tests.fixtures.compared_fleet import EVERYWHERE, SCOPE, node

REASON = (
    "unmaintained since 2024 (confidence high): last release 1.13.2 of 2021; vendor closed February 2024; "
    "cncf/landscape pull request 4023"
)


def test_an_abandoned_image_is_one_warning_for_the_fleet() -> None:
    """Recognised by its hash on 14 nodes, by its name on two."""
    fleet = [node(number, (*EVERYWHERE, SCOPE), detail=number < 2) for number in range(16)]
    (found,) = unmaintained_images(fleet)
    expected = Evidence(
        severity=Severity.WARNING,
        text="weaveworks/scope: unmaintained since 2024, in use on 16 of 16 nodes",
        measured=16.0,
        limit=1.0,
        suspects=(Suspect(kind="image", name="weaveworks/scope", reason=REASON, image=SCOPE),),
    )

    assert expected == found.evidence
    assert (found.rule, found.cluster, len(found.instance_ids)) == ("image_abandoned", "live", 16)


def test_what_ended_is_information() -> None:
    """Promtail is not abandoned; it stands after what is."""
    fleet = [node(number, ("grafana/promtail:2.9.3", SCOPE), detail=number < 2) for number in range(3)]
    found = [(one.evidence.severity, one.evidence.text) for one in unmaintained_images(fleet)]
    expected = [
        (Severity.WARNING, "weaveworks/scope: unmaintained since 2024, in use on 3 of 3 nodes"),
        (Severity.INFO, "grafana/promtail: reached end of life on 2026-03-02, in use on 3 of 3 nodes"),
    ]

    assert expected == found


def test_a_mirror_is_found_by_its_name_everywhere_once_two_nodes_reported_it() -> None:
    """A prefix that nobody could have guessed is known to all from two details."""
    image = "registry.example/our-mirror/weaveworks/scope:1.13.2"
    fleet = [node(number, (image,), detail=number < 2) for number in range(4)]
    (found,) = unmaintained_images(fleet)

    assert len(found.instance_ids) == 4
    assert fleet[1].presence.repository_hashes == frozenset({repository_hash("our-mirror/weaveworks/scope")})


NAMELESS = (
    "an image with the hash of an unmaintained one is in use on 3 of 4 nodes; a hash alone names nobody, and no two "
    "nodes print its name"
)


def test_a_hash_alone_names_nobody() -> None:
    """It is a reason to look, and whoever can name an image can give it this hash."""
    (found,) = unmaintained_images([*(node(number, (*EVERYWHERE, SCOPE)) for number in range(3)), node(3)])

    assert found.evidence == Evidence(severity=Severity.INFO, text=NAMELESS, measured=3.0, limit=1.0)
    assert "scope" not in f"{found.remedy}{found.subject}{found.title}"


def test_what_one_node_names_is_counted_on_that_node_alone() -> None:
    """The others list the hash, and it is that node's word what it means."""
    (found,) = unmaintained_images([node(number, (*EVERYWHERE, SCOPE), detail=number == 0) for number in range(16)])

    assert (found.instance_ids, "in use on 1 of 16 nodes" in found.evidence.text) == (("i-00000000",), True)


def test_each_cluster_has_its_own_finding_and_a_clean_one_has_none() -> None:
    """What has to be deleted is in one cluster."""
    fleet = [node(1, (SCOPE,)), node(2, (SCOPE,), cluster="other"), node(3, cluster="clean")]

    assert [one.cluster for one in unmaintained_images(fleet)] == ["live", "other"]


def test_nodes_of_which_it_is_not_known_do_not_count() -> None:
    """Two of the three reported what runs there."""
    (found,) = unmaintained_images([node(1, (SCOPE,)), node(2), node(3, None)])

    assert "in use on 1 of 2 nodes" in found.evidence.text
