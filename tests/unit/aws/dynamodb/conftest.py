"""A table in memory, and one that answers what a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fleetscan.aws.dynamodb.table import Table
from tests.fixtures.stack_table import TABLE, create_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def dynamodb() -> Iterator[DynamoDBClient]:
    """Provide a client of an account with the stack's table."""
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        create_table(client)
        yield client


@pytest.fixture
def table(dynamodb: DynamoDBClient) -> Table:
    """Provide the table."""
    return Table(dynamodb, TABLE)


@pytest.fixture
def refusing(connect: Callable[..., Any]) -> Callable[[str], Table]:
    """Return a function that makes a table which answers every call with an error of this code."""

    def make(code: str) -> Table:
        def refuse(operation: str, _: dict[str, Any]) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

        return Table(connect("dynamodb", refuse), TABLE)

    return make
