"""HTTP answers in the protocols of AWS services."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from simulator.call import Protocol
from simulator.service_error import ServiceError

_REQUEST_ID = "59dbff89-35bd-4eac-99ed-be587EXAMPLE"
_CBOR_MAP = 0xA0
_CBOR_TEXT = 0x60
_CBOR_ONE_BYTE, _CBOR_TWO_BYTES = 24, 25
_BYTE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def start(self, start_response: Any) -> Iterable[bytes]:  # noqa: ANN401  # WSGI's callable has no type of its own
        """Send it the way WSGI wants."""
        headers = {**self.headers, "Content-Length": str(len(self.body)), "x-amzn-RequestId": _REQUEST_ID}
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", list(headers.items()))
        return [self.body]


def result(document: Mapping[str, Any]) -> Answer:
    """Return the result of a JSON call."""
    return Answer(
        status=200, headers={"Content-Type": "application/x-amz-json-1.1"}, body=json.dumps(document).encode()
    )


def xml(text: str, status: int = 200) -> Answer:
    """Return the result of a query call."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'
    return Answer(status=status, headers={"Content-Type": "text/xml;charset=UTF-8"}, body=body.encode())


def error(protocol: Protocol, refused: ServiceError) -> Answer:
    """Return an error in the service's protocol."""
    code, message = refused.code, refused.message
    if protocol == "ec2":
        error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        text = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{_REQUEST_ID}</RequestID></Response>"
        return xml(text, refused.status)
    if protocol == "rest-xml":
        return xml(f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>", refused.status)
    if protocol == "query":
        error = f"<Type>Sender</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        text = f"<ErrorResponse><Error>{error}</Error><RequestId>{_REQUEST_ID}</RequestId></ErrorResponse>"
        return xml(text, refused.status)
    if protocol == "cbor":
        return Answer(
            status=refused.status,
            headers={"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"},
            body=bytes([_CBOR_MAP + 2]) + b"".join(map(_cbor_text, ("__type", code, "message", message))),
        )
    return Answer(
        status=refused.status,
        headers={"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code},
        body=json.dumps({"__type": code, "message": message}).encode(),
    )


def _cbor_text(text: str) -> bytes:
    """Encode a text of less than 64 KiB (RFC 8949, major type 3)."""
    data = text.encode()
    if len(data) < _CBOR_ONE_BYTE:
        return bytes([_CBOR_TEXT + len(data)]) + data
    if len(data) < _BYTE:
        return bytes([_CBOR_TEXT + _CBOR_ONE_BYTE, len(data)]) + data
    return bytes([_CBOR_TEXT + _CBOR_TWO_BYTES]) + len(data).to_bytes(2) + data
