"""Errors of an API server, each as one sentence that says what to do."""

from __future__ import annotations

import re
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
"""The Kubernetes group that the manifest grants its rights, and to which an access entry maps the scan's role."""

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _GONE, _THROTTLED = 401, 403, 404, 410, 429
_SAID_CHARACTERS: Final = 300
_REFUSAL: Final = re.compile(r"certificate verify failed: (?P<why>.{1,200}?)\.?(?: \(_ssl|$)")
_NO_CONNECTION: Final = ("ConnectError", "ConnectTimeout")


def status(error: BaseException) -> int:
    """Return the HTTP status of an error; 0 if there is none."""
    return int(getattr(getattr(error, "response", None), "status_code", 0) or 0)


def is_denied(error: BaseException) -> bool:
    """Whether RBAC denied a list."""
    return status(error) == _FORBIDDEN


def is_gone(error: BaseException) -> bool:
    """Whether the continue token of a list has expired (410 Gone): etcd compacted its resource version."""
    return status(error) == _GONE


def is_too_large(error: BaseException) -> bool:
    """Whether a response exceeded the size limit."""
    return _is_a(error, "TooLargeError")


def is_whole_cluster(error: BaseException) -> bool:
    """Whether every other list would fail too: no connection, no authentication, or no time left."""
    return status(error) == _UNAUTHORIZED or _is_a(error, "OutOfTimeError", *_NO_CONNECTION)


def sentence(error: Exception, question: Question, read: int, *, cluster: str, endpoint: ClusterEndpoint) -> str:
    """Return why a list was not read to its end, how many objects were read, and what to do."""
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
    """Return what to do where RBAC denied some lists: one manifest grants all of them."""
    *others, last = [f"{one.resource}{f' in {one.namespace}' if one.namespace else ''}" for one in questions]
    lists = f"{', '.join(others)} and {last}" if others else last
    return (
        f"Kubernetes does not allow this role to list {lists}: "
        f"kubectl apply -f {MANIFEST} grants it to the group {GROUP} ({PAGE})."
    )


def unknown(cluster: str, endpoint: ClusterEndpoint) -> str:
    """Return what to do where the API server does not accept the role (401)."""
    entry = (
        f"The cluster's API does not know this role: aws eks create-access-entry --cluster-name {cluster} "
        f"--principal-arn ROLE --kubernetes-groups {GROUP} adds it ({PAGE})."
    )
    if endpoint.authentication_mode == "CONFIG_MAP":
        return f"{entry} The cluster's authentication mode is CONFIG_MAP, which does not support access entries."
    return entry


def unreachable(error: Exception, endpoint: ClusterEndpoint) -> str:
    """Return what to do where there is no connection to the API server."""
    host = _printable(urlsplit(endpoint.url).hostname or "")
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return (
            f"The certificate of the server at {host} was refused when it was checked against the cluster's authority "
            f"({_refusal(error)}), so nothing was sent to it."
        )
    why = "could not be reached; if access is limited to some networks,"
    if endpoint.is_private:
        why = "is private and could not be reached:"
    return (
        f"The cluster's API at {host} {why} deploy the stack with SubnetIds and SecurityGroupIds from which it can be "
        f"reached on port 443 ({PAGE})."
    )


def _refusal(error: Exception) -> str:
    """Return why OpenSSL refused a certificate, in its own words."""
    found = _REFUSAL.search(str(error))
    return _printable(found["why"]) if found else "certificate verify failed"


def unopened(error: Exception) -> str:
    """Return why a cluster could not be queried at all."""
    if isinstance(error, FleetscanError):
        return str(error)
    if _is_a(error, "SSLError"):
        return "The certificate authority that EKS returned for the cluster is invalid: its API is not queried."
    return f"The endpoint of the cluster's API could not be determined: {_said(error)}."


_REASONS: Final = {
    _NOT_FOUND: "the API server has no such list",
    _GONE: "the list expired twice while it was read (410 Gone)",
    _THROTTLED: "the API server is throttling requests (429)",
}


def _reason(error: Exception) -> str:
    if status(error):
        return _REASONS.get(status(error), f"the API server answered with status {status(error)}")
    if isinstance(error, ClusterError):
        return str(error).rstrip(".")
    if _is_a(error, "ReadTimeout"):
        return "the API server did not respond in time"
    if _is_a(error, "TransportError"):
        return f"the connection to the API server broke ({_said(error)})"
    if _is_a(error, "MsgspecError", "JSONDecodeError", "UnicodeDecodeError"):
        return f"the API server's response is not valid Kubernetes JSON ({_said(error)})"
    return _said(error)


def _is_a(error: BaseException, *names: str) -> bool:
    """Whether an error is of one of these classes, by name, so that the client library need not be imported."""
    return any(kind.__name__ in names for kind in type(error).__mro__)


def _said(error: Exception) -> str:
    return _printable(in_words(error)).rstrip(". ")


def _printable(text: str) -> str:
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text[:_SAID_CHARACTERS])
