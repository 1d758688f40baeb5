"""Reading an HTTP request to AWS: which service and action it is, and in which protocol the answer must be.

Authorization: AWS4-HMAC-SHA256 Credential=.../20261124/ap-south-1/ssm/aws4_request, ...
X-Amz-Target: AmazonSSM.SendCommand
"""

from __future__ import annotations

import gzip
import io
import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from urllib.parse import parse_qs, unquote

import botocore.session

type Protocol = Literal["json", "rest-json", "rest-xml", "query", "ec2", "cbor"]

_SCOPE = re.compile(r"Credential=(?P<access_key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_CBOR_PATH = re.compile(r"^/service/[^/]+/operation/(?P<action>\w+)$")
_IAM_NAMES = {"monitoring": "cloudwatch"}
"""Where the name in the signature is not the one of IAM actions."""
_REST_SERVICES = frozenset({"eks", "lambda"})
_OBJECT_ACTIONS = {"GET": "GetObject", "PUT": "PutObject"}
"""S3 tells its actions apart by method and query; of objects the scan and its readers need these two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of an AWS API."""

    service: str
    """As in IAM actions: ``ec2``, ``ssm``, ``cloudwatch``."""
    action: str
    region: str
    protocol: Protocol
    body: bytes
    path: str = "/"
    """Of the URL; a REST service names its resource there."""
    access_key: str = ""
    """Whose call it is."""

    def payload(self) -> dict[str, Any]:
        """Return the parameters of a JSON call."""
        document = json.loads(self.body or b"{}")
        return document if isinstance(document, dict) else {}

    def parameters(self) -> dict[str, str]:
        """Return the parameters of a query call, as ``InstanceId.1``."""
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


def read(environ: dict[str, Any]) -> Call | None:
    """Read a WSGI request and leave its body readable; None when it is not signed for a service.

    A link carries its signature in the query: ``X-Amz-Credential=ASIA...%2F20261124%2Fap-south-1%2Fs3%2Faws4_request``.
    """
    signature = environ.get("HTTP_AUTHORIZATION") or unquote(environ.get("QUERY_STRING", ""))
    scope = _SCOPE.search(signature)
    if scope is None:
        return None
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    if scope["service"] == "s3":
        action = _OBJECT_ACTIONS.get(environ["REQUEST_METHOD"], "")
        return _call(scope, environ, "s3", action, "rest-xml", body)
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
        body = gzip.decompress(body)
    service = scope["service"]
    action, protocol = _action(service, environ, body)
    return _call(scope, environ, _IAM_NAMES.get(service, service), action, protocol, body)


def _call(  # noqa: PLR0917 - what a call is, once for each kind of service
    scope: re.Match[str], environ: dict[str, Any], service: str, action: str, protocol: Protocol, body: bytes
) -> Call:
    return Call(
        service=service,
        action=action,
        region=scope["region"],
        protocol=protocol,
        body=body,
        access_key=scope["access_key"],
        path=environ.get("PATH_INFO", "/"),
    )


def _action(service: str, environ: dict[str, Any], body: bytes) -> tuple[str, Protocol]:
    path = environ.get("PATH_INFO", "")
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return target.rpartition(".")[2], "json"
    if cbor := _CBOR_PATH.match(path):
        return cbor["action"], "cbor"
    if service in _REST_SERVICES:
        return _rest_action(service, environ["REQUEST_METHOD"], path), "rest-json"
    action = parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    return action, "ec2" if service == "ec2" else "query"


def _rest_action(service: str, method: str, path: str) -> str:
    return next((name for name, verb, pattern in _routes(service) if verb == method and pattern.fullmatch(path)), "")


@cache
def _routes(service: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Return operation, method and path pattern of a REST service, from botocore's own model of it."""
    model = botocore.session.get_session().get_service_model(service)
    routes = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = http["requestUri"].partition("?")[0]
        pattern = "".join(
            "[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]+\})", path)
        )
        routes.append((name, http["method"], re.compile(pattern)))
    return tuple(routes)
