"""A start that is delivered twice makes one scan; a scan that failed may be tried again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from fleetscan.aws.dynamodb.claims import ScanClaims
from fleetscan.aws.dynamodb.table import Table
from fleetscan.errors import PublishError
from tests.fixtures.stack_table import TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY = "2026-01-15T06:05:00Z"
NOW = 1_768_457_100.0


def claim(claims: ScanClaims, now: float = NOW, key: str = KEY) -> bool:
    """Claim a scan that may take five minutes, make it, and return whether it was ours."""
    with claims.claimed(key, clock=lambda: now, until=now + 300) as is_ours:
        return is_ours


def test_the_same_start_makes_one_scan(table: Table) -> None:
    """While it is made, and when it is done; another start is another scan."""
    claims = ScanClaims(table)
    with claims.claimed(KEY, clock=lambda: NOW, until=NOW + 300) as is_first:
        is_second = claim(ScanClaims(table))
    is_third = claim(ScanClaims(table), NOW + 3_600)

    assert [is_first, is_second, is_third] == [True, False, False]
    assert claim(claims, key="2026-01-15T06:10:00Z")


def test_a_scan_that_failed_is_given_back_at_once(table: Table) -> None:
    """Lambda retries it with the same event."""
    claims = ScanClaims(table)
    with pytest.raises(PublishError), claims.claimed(KEY, clock=lambda: NOW, until=NOW + 300):
        raise PublishError("Not everything was published")

    assert claim(claims)


def test_a_scan_that_died_is_given_back_when_its_time_is_over(table: Table) -> None:
    """Nobody was left to release it."""
    claims = ScanClaims(table)

    assert claims.claim(KEY, now=NOW, until=NOW + 300)
    assert not claim(claims, NOW + 299)
    assert claim(claims, NOW + 300)


def test_an_event_without_a_time_is_always_ours(table: Table, dynamodb: DynamoDBClient) -> None:
    """It was sent by hand."""
    claims = ScanClaims(table)

    assert [claim(claims, key=""), claim(claims, key="")] == [True, True]
    assert dynamodb.scan(TableName=TABLE)["Items"] == []


def test_a_claim_goes_after_a_day(table: Table, dynamodb: DynamoDBClient) -> None:
    """TTL takes it; a hostile key is made fit first."""
    claim(ScanClaims(table), key="x\n\x00" * 300)
    (item,) = dynamodb.scan(TableName=TABLE)["Items"]

    assert item["expires_at"] == {"N": str(int(NOW + 86_400))}
    assert item["sk"] == {"S": ("x??" * 300)[:200]}


def test_a_table_that_cannot_be_written_to_stops_no_scan(
    connect: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Two scans are better than none; the log says so."""

    def refuse(asked: str, _: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, asked)

    assert claim(ScanClaims(Table(connect("dynamodb", refuse), TABLE)))
    assert "The scan could not be claimed" in caplog.text


def test_what_cannot_be_noted_as_done_is_done_all_the_same(connect: Callable[..., Any]) -> None:
    """The scan is what counts."""
    answers: list[dict[str, Any]] = [{}]

    def once(asked: str, _: dict[str, Any]) -> dict[str, Any]:
        if answers:
            return answers.pop()
        raise ClientError({"Error": {"Code": "InternalServerError", "Message": "no"}}, asked)

    assert claim(ScanClaims(Table(connect("dynamodb", once), TABLE)))


def test_an_owner_takes_over_the_claim_of_his_dead_attempt(table: Table) -> None:
    """Lambda retries with the same request id; what another request has claimed, or is done, stays what it is."""
    claims = ScanClaims(table)
    first = claims.claim(KEY, now=NOW, until=NOW + 300, owner="one")
    other = claims.claim(KEY, now=NOW + 60, until=NOW + 360, owner="two")
    nobody = claims.claim(KEY, now=NOW + 60, until=NOW + 360)
    retried = claims.claim(KEY, now=NOW + 60, until=NOW + 360, owner="one")
    claims.done(KEY, now=NOW + 90)
    late = claims.claim(KEY, now=NOW + 120, until=NOW + 420, owner="one")

    assert [first, other, nobody, retried, late] == [True, False, False, True, False]


def test_a_claim_without_an_owner_is_nobody_s_to_take_over(table: Table) -> None:
    """An event that was sent by hand, or a claim of an older layer."""
    claims = ScanClaims(table)
    claims.claim(KEY, now=NOW, until=NOW + 300)

    assert not claims.claim(KEY, now=NOW + 60, until=NOW + 360, owner="one")
