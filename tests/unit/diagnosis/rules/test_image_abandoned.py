"""The rule image_abandoned: listed images, known by name or by hash, and when one of them is to blame."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import containers, images, meminfo, sockets
from fleetscan.diagnosis.rules.image_abandoned import check
from fleetscan.errors import AbsentError
from fleetscan.model import Cause, Evidence, Sample, Severity, Suspect, Window

SCOPE = "docker.io/weaveworks/scope:1.13.2"
CONTAINER = f"0a1b2c3d4e5f weave/weave-scope-agent-x7k2p scope-agent {SCOPE}"
AFFECTED = "MemTotal: 4030464\nMemAvailable: 752640\nSUnreclaim: 2194432"
SENTENCE = f"{SCOPE}: unmaintained since 2024"
REASON = (
    "unmaintained since 2024 (confidence high): last release 1.13.2 of 2021; vendor closed February 2024; "
    "cncf/landscape pull request 4023"
)


def window(*values: object) -> Window:
    """Return a node of which these sources are known."""
    return Window(first=Sample(), last=Sample(values))


def queue(held_bytes: int, image: str = SCOPE) -> sockets.Sockets:
    """Return sockets of which one, of this image, holds so much unread."""
    pod = "weave/weave-scope-agent-x7k2p"
    return sockets.parse(
        f"total count=2 rmem_bytes={held_bytes} netns_read=14 netns_failed=0\n"
        f"netlink host {held_bytes} 81221 3912771 4242 scope {pod} scope-agent {image}"
    )


def present(text: str = SENTENCE, image: str = SCOPE, severity: Severity = Severity.INFO) -> Evidence:
    """Return what is expected of Weave Scope on a node that it does no provable harm to."""
    return Evidence(
        severity=severity,
        text=text,
        measured=1.0,
        limit=1.0,
        suspects=(Suspect(kind="image", name="weaveworks/scope", reason=REASON, image=image),),
    )


def reported(text: str, measured: float = 1.0) -> Evidence:
    """Return what is expected of an image that is reported and not named as a likely cause."""
    return Evidence(severity=Severity.INFO, text=text, measured=measured, limit=1.0)


def test_an_abandoned_image_on_a_healthy_node_is_information() -> None:
    """That it is there is the fleet's matter. By its full name where the containers were collected."""
    assert present() == check(window(containers.parse(CONTAINER)))


@pytest.mark.parametrize("hashes", ["86157680 1136546744 1233557343", "RTpcylzjRq yKzRLRSyXq ZSXhrjuWTt"])
def test_a_hash_alone_names_nobody(hashes: str) -> None:
    """Whoever can name an image can give it the hash of weaveworks/scope; the fleet's finding tells of it."""
    assert check(window(images.parse(hashes))) is None


@pytest.mark.parametrize(
    "image",
    [
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/weaveworks/scope:1.13.2",
        "registry.example:5000/mirror/weaveworks/scope@sha256:0a",
        "weaveworks/scope",
    ],
)
def test_a_mirror_hides_nothing(image: str) -> None:
    """Registry, prefix, tag and digest are another matter."""
    expected = present(f"{image}: unmaintained since 2024", image=image)

    assert expected == check(window(containers.parse(f"0a1b2c3d4e5f a/b c {image}")))


def test_holding_a_quarter_of_a_critical_slab_makes_it_critical() -> None:
    """The incident: 54% of the memory is slab and the image's own socket holds most of it."""
    held_bytes = 2_000_000_000
    expected = Evidence(
        severity=Severity.CRITICAL,
        text=f"{SENTENCE}; its sockets hold 1.9 GiB unread, SUnreclaim is 2.1 GiB",
        measured=1.0,
        limit=1.0,
        cause=Cause.SOCKET_QUEUE,
        suspects=present().suspects,
    )

    assert expected == check(window(containers.parse(CONTAINER), meminfo.parse(AFFECTED), queue(held_bytes)))


def test_exactly_a_quarter_is_enough() -> None:
    """2,194,432 KiB of slab, a quarter of it unread."""
    found = check(window(meminfo.parse(AFFECTED), queue(2_194_432 * 1024 // 4)))

    assert found is not None
    assert found.severity is Severity.CRITICAL


HUNDRED_MIB = 100 * 1024 * 1024
HEALTHY = "MemTotal: 4030464\nMemAvailable: 2752640\nSUnreclaim: 76000"
WARNED = "MemTotal: 4030464\nMemAvailable: 2752640\nSUnreclaim: 512000"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((meminfo.parse(AFFECTED),), ""),
        ((meminfo.parse(AFFECTED), queue(HUNDRED_MIB - 1)), ""),
        ((meminfo.parse(AFFECTED), queue(2_000_000_000, image="docker.io/other/tool:1")), ""),
        ((meminfo.parse(WARNED),), ""),
        (
            (meminfo.parse(AFFECTED), queue(2_194_432 * 1024 // 4 - 1)),
            "; its sockets hold 536 MiB unread, SUnreclaim is 2.1 GiB",
        ),
        (
            (meminfo.parse(HEALTHY), queue(HUNDRED_MIB)),
            "; its sockets hold 100 MiB unread, SUnreclaim is 74 MiB",
        ),
        ((meminfo.parse("MemTotal: 4030464"), queue(2_000_000_000)), "; its sockets hold 1.9 GiB unread"),
        ((queue(2_000_000_000),), "; its sockets hold 1.9 GiB unread"),
    ],
    ids=[
        "no sockets",
        "too little",
        "another image holds it",
        "slab at its first limit",
        "just below a quarter",
        "much on a healthy node",
        "slab unknown",
        "no meminfo",
    ],
)
def test_on_a_node_with_a_large_slab_or_with_much_in_its_own_sockets_it_is_a_warning(
    values: tuple[object, ...], words: str
) -> None:
    """Without a critical slab of which it holds a quarter it is not a likely cause."""
    expected = present(f"{SENTENCE}{words}", severity=Severity.WARNING)

    assert expected == check(window(containers.parse(CONTAINER), *values))


@pytest.mark.parametrize(
    "values",
    [(meminfo.parse(HEALTHY),), (meminfo.parse(HEALTHY), queue(HUNDRED_MIB - 1)), (meminfo.parse("MemTotal: 1"),)],
    ids=["healthy", "a little waits", "slab unknown"],
)
def test_merely_present_it_is_information(values: tuple[object, ...]) -> None:
    """A healthy node has no warning because of what runs on all nodes."""
    assert present() == check(window(containers.parse(CONTAINER), *values))


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("docker.io/jtblin/kube2iam:0.11.2", "superseded"),
        ("docker.io/grafana/promtail:3.5.0", "reached end of life on 2026-03-02"),
        ("docker.io/grafana/agent:v0.44.0", "reached end of life on 2025-11-01"),
        ("docker.io/falcosecurity/falco:0.40.0", "known to leak in some versions"),
    ],
)
def test_what_is_not_unmaintained_is_reported_and_not_a_likely_cause(image: str, words: str) -> None:
    """Superseded, ended and leaking in some version: info, without a suspect, even on an affected node."""
    seen = window(containers.parse(f"0a1b2c3d4e5f a/b c {image}"), meminfo.parse(AFFECTED), queue(2_000_000_000, image))

    assert reported(f"{image}: {words}") == check(seen)


def test_others_on_the_list_are_told_apart_in_few_words() -> None:
    """The sentence on the worst is of the worst alone; what else is listed explains nothing of it."""
    promtail = "docker.io/grafana/promtail:3.5.0"
    found = check(
        window(
            containers.parse(f"aaaaaaaaaaaa a/b c {promtail}\n{CONTAINER}"),
            meminfo.parse(AFFECTED),
            queue(2_000_000_000),
        )
    )

    assert found is not None
    assert (2.0, present().suspects) == (found.measured, found.suspects)
    assert found.text == (
        f"{SENTENCE}; its sockets hold 1.9 GiB unread, SUnreclaim is 2.1 GiB. "
        f"Also listed: {promtail} (reached end of life on 2026-03-02)"
    )


def test_the_worst_of_two_unmaintained_images_is_the_one_that_holds() -> None:
    """Weave Net comes after Scope in the list and before it here; both are suspects, the holder first."""
    weave = "docker.io/weaveworks/weave-kube:2.8.1"
    found = check(window(containers.parse(f"aaaaaaaaaaaa a/b c {weave}\n{CONTAINER}"), queue(HUNDRED_MIB, weave)))

    assert found is not None
    assert found.text == (
        f"{weave}: unmaintained since 2024; its sockets hold 100 MiB unread. Also listed: {SCOPE} (unmaintained "
        "since 2024)"
    )
    assert [suspect.image for suspect in found.suspects] == [weave, SCOPE]


@pytest.mark.parametrize("image", ["acme/heapster-tuning:1", "acme/heapster:1", "acme/weaveworks-scope:1", "-"])
def test_a_name_that_merely_looks_like_it_is_not_a_likely_cause(image: str) -> None:
    """A whole repository has to match; anybody may call an image heapster."""
    assert check(window(containers.parse(f"0a1b2c3d4e5f a/b c {image}"))) is None


def test_other_images_are_healthy() -> None:
    """eks/kube-proxy and amazon-k8s-cni."""
    assert check(window(images.parse("1136546744 1233557343"))) is None


def test_without_images_the_rule_is_skipped() -> None:
    """Not collected is not clean."""
    with pytest.raises(AbsentError, match="Images was not collected"):
        check(window(queue(0, image="-")))
