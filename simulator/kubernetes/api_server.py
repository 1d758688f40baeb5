"""The API server as a WSGI application: who is asking, may they, what is asked for, and the answer in pages."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from simulator.kubernetes.api_faults import ApiFaults
from simulator.kubernetes.authenticator import TokenError, check
from simulator.kubernetes.description import Operation, understood
from simulator.kubernetes.pages import page
from simulator.kubernetes.rights import is_allowed, of_the_project
from simulator.kubernetes.selection import selected
from simulator.kubernetes.status import StatusError

GROUP = "fleetscan"
"""The Kubernetes group that the access entry puts the scan's role into."""

ROLE = "arn:aws:sts::123456789012:assumed-role/fleetscan/scan"

type Objects = Callable[[str], Sequence[Mapping[str, Any]]]
"""Kind -> every object of it."""

_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 410: "Gone"}


class ApiServer:
    """Serves lists of the objects of one cluster. ``faults`` may be set at any time."""

    def __init__(self, cluster: str, objects: Objects, *, secret: str, clock: Callable[[], float] = time.time) -> None:
        self.cluster = cluster
        self.objects = objects
        self.faults = ApiFaults()
        self.requests: list[str] = []
        """Path and query of every request so far."""
        self._secret = secret
        self._clock = clock
        self._rights = of_the_project()
        self._lock = threading.Lock()

    @property
    def counts(self) -> Counter[str]:
        """Resource -> number of requests so far."""
        return Counter(request.partition("?")[0].rpartition("/")[2] for request in self.requests)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401  # WSGI's own
        """Answer one request."""
        query = environ.get("QUERY_STRING", "")
        with self._lock:
            self.requests.append(environ["PATH_INFO"] + (f"?{query}" if query else ""))
        if self.faults.latency_seconds:
            time.sleep(self.faults.latency_seconds)
        code, headers = 200, []
        try:
            body = json.dumps(self._answer(environ), separators=(",", ":")).encode()
        except StatusError as refused:
            code, headers = refused.code, refused.headers
            body = json.dumps(refused.body()).encode()
        length = len(body)
        if code == 200 and self._takes("broken"):  # noqa: PLR2004 - the status of an answer
            body = body[: length // 2] + b"\xff<html>"
            length = len(body)
        elif code == 200 and self._takes("cut_short"):  # noqa: PLR2004 - the status of an answer
            body = body[: length // 2]
        start_response(
            f"{code} {_REASONS.get(code, 'Error')}",
            [("Content-Type", "application/json"), ("Content-Length", str(length)), *headers],
        )
        return [body]

    def _answer(self, environ: dict[str, Any]) -> dict[str, Any]:
        self._authenticate(environ.get("HTTP_AUTHORIZATION", ""))
        if self._takes("throttled"):
            raise StatusError(429, "TooManyRequests", "Too many requests, please try again later.", retry_after=1)
        if self._takes("failing"):
            raise StatusError(500, "InternalError", "Internal error occurred: etcdserver: leader changed")
        asked = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        operation, namespace, parameters = understood(environ["REQUEST_METHOD"], environ["PATH_INFO"], asked)
        self._authorize(operation, namespace)
        if parameters.get("continue") and self._takes("gone"):
            raise StatusError(
                410, "Expired", "The provided continue parameter is too old to display a consistent list."
            )
        is_selected = selected(operation.kind, parameters.get("fieldSelector", ""))
        objects = [
            one
            for one in self.objects(operation.kind)
            if is_selected(one) and namespace in {"", one["metadata"].get("namespace", "")}
        ]
        return page(operation, objects, parameters)

    def _authenticate(self, header: str) -> None:
        unauthorized = StatusError(401, "Unauthorized", "Unauthorized")
        kind, _, token = header.partition(" ")
        if kind != "Bearer" or not self.faults.has_access_entry or self._takes("refused_tokens"):
            raise unauthorized
        try:
            check(token, cluster=self.cluster, secret=self._secret, now=self._clock())
        except TokenError as error:
            raise unauthorized from error

    def _authorize(self, operation: Operation, namespace: str) -> None:
        if (
            self.faults.is_bound
            and operation.resource not in self.faults.forbidden
            and is_allowed(
                self._rights,
                subject=GROUP,
                verb="list",
                api_group=operation.group,
                resource=operation.resource,
                namespace=namespace,
            )
        ):
            return
        where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
        raise StatusError(
            403,
            "Forbidden",
            f'{operation.resource} is forbidden: User "{ROLE}" cannot list resource "{operation.resource}" '
            f'in API group "{operation.group}" {where}',
        )

    def _takes(self, fault: str) -> bool:
        """Whether a counted fault happens to this request; one fewer is left then."""
        with self._lock:
            left = int(getattr(self.faults, fault))
            fewer: dict[str, Any] = {fault: max(left - 1, 0)}
            self.faults = replace(self.faults, **fewer)
            return left > 0
