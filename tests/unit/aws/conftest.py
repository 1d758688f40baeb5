"""AWS without a network: real botocore clients whose answers come from a function.

Each request is checked against the service's model by botocore itself before the function sees it, and each answer is
checked against the model before the code under test does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.model import OperationModel
from botocore.validate import validate_parameters

type Answer = Callable[[str, dict[str, Any]], dict[str, Any]]


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep whatever account this machine knows out of the tests."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent/config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials")


@pytest.fixture
def connect() -> Callable[[str, Answer], Any]:
    """Return a function that makes a client of a service, whose answers come from ``answer(operation, parameters)``."""
    session = botocore.session.get_session()

    def make(service: str, answer: Answer) -> Any:  # noqa: ANN401 - a client's type depends on the service's name
        client: Any = session.create_client(service, region_name="eu-west-1")

        def remember(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
            context["given"] = params

        def reply(model: OperationModel, context: dict[str, Any], **_: object) -> tuple[AWSResponse, dict[str, Any]]:
            given = answer(model.name, context["given"])
            if model.output_shape is not None:
                validate_parameters(given, model.output_shape)
            return AWSResponse("https://aws.invalid", 200, HTTPHeaders(), None), given

        client.meta.events.register(f"before-parameter-build.{service}", remember)
        client.meta.events.register(f"before-call.{service}", reply)
        return client

    return make
