"""An error of an AWS service, as a value that the endpoint renders in the service's own protocol."""

from __future__ import annotations


class ServiceError(Exception):  # it is an answer, and only sometimes an error
    """The error of a call: a code, a sentence and an HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
