"""What goes wrong between us and an API server, as one sentence that says what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from fleetscan.errors import ClusterError, FleetscanError, in_words
from fleetscan.kubernetes.questions import Question
from fleetscan.ports import ClusterEndpoint
from fleetscan.quantities import count

PAGE = "docs/kubernetes-access.md"
MANIFEST = "manifests/kubernetes-access.yaml"
GROUP = "fleetscan"
"""The Kubernetes group that the manifest gives its rights to, and an access entry the scan's role."""

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _GONE, _THROTTLED = 401, 403, 404, 410, 429
_SAID_CHARACTERS: Final = 300
_NO_CONNECTION: Final = ("ConnectError", "ConnectTimeout")


def status(error: BaseException) -> int:
    """Return the HTTP status that an error stands for; 0 where the server gave none."""
    return int(getattr(getattr(error, "response", None), "status_code", 0) or 0)


def is_denied(error: BaseException) -> bool:
    """Whether RBAC refused a list."""
    return status(error) == _FORBIDDEN


def is_gone(error: BaseException) -> bool:
    """Whether the pages of a list are gone: the storage has forgotten the version that they were of."""
    return status(error) == _GONE


def is_too_large(error: BaseException) -> bool:
    """Whether an answer was larger than can be held."""
    return _is_a(error, "TooLargeError")


def is_whole_cluster(error: BaseException) -> bool:
    """Whether every other list would fare alike: nobody is there, nobody is let in, or there is no time."""
    return status(error) == _UNAUTHORIZED or _is_a(error, "OutOfTimeError", *_NO_CONNECTION)


def sentence(error: Exception, question: Question, read: int, *, cluster: str, endpoint: ClusterEndpoint) -> str:
    """Return why a list was not read to its end, after how many objects worth keeping, and what to do."""
    what = f"The list of {question.what} could not be read"
    if read:
        what = f"The list of {question.what} was read in part, {count(read)} of them"
    if status(error) == _UNAUTHORIZED:
        return unknown(cluster, endpoint)
    if status(error) == _FORBIDDEN:
        return denied([question])
    if _is_a(error, *_NO_CONNECTION) and not read:
        return unreachable(error, endpoint)
    return f"{what}: {_reason(error)}."


def denied(questions: Sequence[Question]) -> str:
    """Return what to do where RBAC refused some lists: one manifest allows all of them."""
    *others, last = [f"{one.resource}{f' in {one.namespace}' if one.namespace else ''}" for one in questions]
    lists = f"{', '.join(others)} and {last}" if others else last
    return (
        f"Kubernetes does not allow this role to list {lists}: "
        f"kubectl apply -f {MANIFEST} allows it to the group {GROUP} ({PAGE})."
    )


def unknown(cluster: str, endpoint: ClusterEndpoint) -> str:
    """Return what to do where the API server does not know who is asking."""
    entry = (
        f"The cluster's API does not know this role: aws eks create-access-entry --cluster-name {cluster} "
        f"--principal-arn ROLE --kubernetes-groups {GROUP} makes it known ({PAGE})."
    )
    if endpoint.authentication_mode == "CONFIG_MAP":
        return f"{entry} The cluster's authentication mode is CONFIG_MAP, in which there are no access entries."
    return entry


def unreachable(error: Exception, endpoint: ClusterEndpoint) -> str:
    """Return what to do where there is no connection to the API server."""
    host = _printable(urlsplit(endpoint.url).hostname or "")
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return (
            f"The server at {host} showed a certificate that the cluster's authority has not signed, "
            "so it was told nothing and asked nothing."
        )
    why = "could not be reached; where only some networks may reach it,"
    if endpoint.is_private:
        why = "is private and could not be reached:"
    return (
        f"The cluster's API at {host} {why} deploy the stack with SubnetIds and SecurityGroupIds from which it can be "
        f"reached on port 443 ({PAGE})."
    )


def unopened(error: Exception) -> str:
    """Return why a cluster could not even be asked."""
    if isinstance(error, FleetscanError):
        return str(error)
    if _is_a(error, "SSLError"):
        return "The certificate authority that EKS names for the cluster is none: its API is not asked."
    return f"The way to the cluster's API could not be found: {_said(error)}."


_REASONS: Final = {
    _NOT_FOUND: "the API server has no such list",
    _GONE: "the API server forgot it twice while it was read (410 Gone)",
    _THROTTLED: "the API server is busy and asked to come back later (429)",
}


def _reason(error: Exception) -> str:
    if status(error):
        return _REASONS.get(status(error), f"the API server answered with status {status(error)}")
    if isinstance(error, ClusterError):
        return str(error).rstrip(".")
    if _is_a(error, "ReadTimeout"):
        return "the API server was too slow to answer"
    if _is_a(error, "TransportError"):
        return f"the connection to the API server broke ({_said(error)})"
    if _is_a(error, "MsgspecError", "JSONDecodeError", "UnicodeDecodeError"):
        return f"the API server's answer is not what Kubernetes sends ({_said(error)})"
    return _said(error)


def _is_a(error: BaseException, *names: str) -> bool:
    """Whether an error is one of those, by name: its class is only known where the client is."""
    return any(kind.__name__ in names for kind in type(error).__mro__)


def _said(error: Exception) -> str:
    return _printable(in_words(error)).rstrip(". ")


def _printable(text: str) -> str:
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text[:_SAID_CHARACTERS])
