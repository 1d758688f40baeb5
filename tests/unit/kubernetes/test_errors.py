"""Each problem as a sentence that says what to do; those that take a server to bring about are reported there."""

from __future__ import annotations

import httpx2
import msgspec
import pytest

from fleetscan.errors import ClusterError
from fleetscan.kubernetes.errors import is_too_large, is_whole_cluster, sentence, unopened
from fleetscan.kubernetes.query import ClusterQuery
from fleetscan.kubernetes.questions import DAEMONSETS, LEASES, NODES, Question
from fleetscan.kubernetes.retry import OutOfTimeError, TooLargeError
from fleetscan.ports import ClusterEndpoint

HOST = "0123456789ABCDEF0123456789ABCDEF.gr7.ap-south-1.eks.amazonaws.com"
PRIVATE = ClusterEndpoint(url=f"https://{HOST}", authority_pem="PEM", is_private=True)
OLD = ClusterEndpoint(url=f"https://{HOST}", authority_pem="PEM", authentication_mode="CONFIG_MAP")
REQUEST = httpx2.Request("GET", f"https://{HOST}/api/v1/nodes")


def refused(code: int) -> httpx2.HTTPStatusError:
    """Return an answer with a status as an error."""
    return httpx2.HTTPStatusError("", request=REQUEST, response=httpx2.Response(code, request=REQUEST))


def said(error: Exception, read: int = 0, *, question: Question = NODES, endpoint: ClusterEndpoint = PRIVATE) -> str:
    """Return the sentence for an error."""
    return sentence(error, question, read, cluster="live", endpoint=endpoint)


@pytest.mark.parametrize(
    ("error", "read", "expected"),
    [
        (httpx2.ReadTimeout("slow"), 0, "The list of nodes could not be read: the API server did not respond in time."),
        (
            OutOfTimeError("the scan had no time left for it"),
            1_250,
            "The list of nodes was read in part, 1,250 of them: the scan had no time left for it.",
        ),
        (
            TooLargeError("one answer is larger than 32 MiB"),
            0,
            "The list of nodes could not be read: one answer is larger than 32 MiB.",
        ),
        (
            msgspec.ValidationError("Expected `str`, got `int` - at `$.items[0]`"),
            0,
            (
                "The list of nodes could not be read: the API server's response is not valid Kubernetes JSON "
                "(ValidationError: Expected `str`, got `int` - at `$.items[0]`)."
            ),
        ),
        (
            httpx2.ConnectError(
                "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in certificate "
                "chain (_ssl.c:1032)"
            ),
            0,
            (
                f"The certificate of the server at {HOST.lower()} was refused when it was checked against the "
                "cluster's authority (self-signed certificate in certificate chain), so nothing was sent to it."
            ),
        ),
        (
            httpx2.ConnectTimeout("late"),
            250,
            (
                "The list of nodes was read in part, 250 of them: the connection to the API server broke "
                "(ConnectTimeout: late)."
            ),
        ),
        (refused(404), 0, "The list of nodes could not be read: the API server has no such list."),
        (refused(418), 0, "The list of nodes could not be read: the API server answered with status 418."),
        (KeyError("\x1b[31m"), 0, "The list of nodes could not be read: KeyError: '\\x1b[31m'."),
    ],
)
def test_a_list_that_was_not_read_to_its_end_says_why(error: Exception, read: int, expected: str) -> None:
    """And how much of it there is."""
    assert expected == said(error, read)


def test_a_private_endpoint_that_takes_too_long_to_reach_is_reported_with_its_whole_name() -> None:
    """What a security group drops never answers."""
    expected = (
        f"The cluster's API at {HOST.lower()} is private and could not be reached: deploy the stack with SubnetIds and "
        "SecurityGroupIds from which it can be reached on port 443 (docs/kubernetes-access.md)."
    )

    assert expected == said(httpx2.ConnectTimeout("timed out"))


def test_an_unknown_role_in_a_cluster_that_has_no_access_entries_is_named_as_that() -> None:
    """The command alone would fail there."""
    expected = (
        "The cluster's API does not know this role: aws eks create-access-entry --cluster-name live "
        "--principal-arn ROLE --kubernetes-groups fleetscan adds it (docs/kubernetes-access.md). "
        "The cluster's authentication mode is CONFIG_MAP, which does not support access entries."
    )

    assert expected == said(refused(401), endpoint=OLD)


def test_what_is_known_by_name_is_what_the_client_raises() -> None:
    """The classes are only there where the client is, so their names are compared."""
    assert is_too_large(TooLargeError("large"))
    assert is_whole_cluster(OutOfTimeError("late"))
    assert is_whole_cluster(httpx2.ConnectTimeout("late"))
    assert is_whole_cluster(httpx2.ConnectError("refused"))
    assert not is_whole_cluster(httpx2.ReadTimeout("slow"))


def test_a_foreign_error_is_shown_bounded_and_printable() -> None:
    """Its words may be anybody's."""
    expected = f"The endpoint of the cluster's API could not be determined: ValueError: ?{'x' * 287}."

    assert expected == unopened(ValueError("\x00" + "x" * 9_999))
    assert unopened(ClusterError("As it is.")) == "As it is."


def test_what_is_not_asked_for_after_the_cluster_is_lost_is_named() -> None:
    """The reader of a report must not take it for nothing."""

    def objects(question: Question, *, is_paged: bool) -> list[str]:
        assert is_paged
        if question is LEASES:
            raise OutOfTimeError("the scan had no time left for it")
        return ["one"]

    query = ClusterQuery("live", PRIVATE, objects)
    for question in (NODES, LEASES, DAEMONSETS):
        query.ask(question, str, most=10)
    expected = (
        "The list of node leases could not be read: the scan had no time left for it.",
        "Not requested after that: DaemonSets.",
    )

    assert expected == query.problem_sentences()
    assert query.is_answered
