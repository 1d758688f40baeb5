"""Events and deaths in DynamoDB: by prefix, within bounds, and whatever became of an item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from fleetscan.aws.dynamodb.cluster_history import (
    ATTEMPTS,
    KEPT_SECONDS,
    MOST_PAGES,
    SHORT_KEPT_SECONDS,
    DynamoClusterHistory,
)
from fleetscan.aws.dynamodb.table import Table
from fleetscan.errors import AccessError
from fleetscan.model.death import ClusterPast, Death
from fleetscan.model.kubernetes import Ending
from fleetscan.storage import value_codec
from tests.fixtures.clusters import NOW, POD, ago, end, node_event, pod_event
from tests.fixtures.stack_table import TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECONDS = int(NOW.timestamp())
NODE = node_event("NodeNotReady", ago(minutes=9))
OF_POD = pod_event("Evicted", ago(minutes=4))
WAITS = pod_event("FailedScheduling", ago(minutes=2))
DEATH = Death(
    cluster="live",
    end=end(Ending.EVICTED, ago(minutes=4), uid="u1"),
    found_at=NOW,
    died_at=ago(minutes=4),
    mark="1768456860-u1",
)

type Answer = Callable[[str, dict[str, Any]], dict[str, Any]]
type Connect = Callable[[str, Answer], Any]


def memory(
    client: Any,  # noqa: ANN401 - a fake or moto's client
    pauses: list[float] | None = None,
    *,
    now: float = SECONDS,
    is_read_only: bool = False,
) -> DynamoClusterHistory:
    """Return the memory of a client, with a clock that stands still."""
    sleep = (lambda _: None) if pauses is None else pauses.append
    return DynamoClusterHistory(Table(client, TABLE, is_read_only=is_read_only, sleep=sleep), clock=lambda: now)


def error(code: str, operation: str) -> ClientError:
    """Return a service's error."""
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


class TestTable:
    """Against a table."""

    def test_what_was_saved_is_loaded(self, dynamodb: DynamoDBClient) -> None:
        """Of the clusters that are asked for, events in the order of time."""
        store = memory(dynamodb)
        staging = replace(DEATH, cluster="staging")

        assert store.save({"live": [OF_POD, NODE, WAITS], "staging": [NODE]}, [DEATH, staging]) == ()
        assert store.load(["live"]) == ClusterPast(events={"live": (NODE, OF_POD, WAITS)}, deaths=(DEATH,))
        assert store.load([]).deaths == (DEATH, staging)
        assert store.load(["other"]) == ClusterPast()

    def test_an_event_that_is_written_twice_is_there_once(self, dynamodb: DynamoDBClient) -> None:
        """In its latest version; and so is a death of which more is known."""
        store = memory(dynamodb)
        again = replace(NODE, at=ago(minutes=1), count=2)
        more = replace(DEATH, node="ip-1")
        store.save({"live": [NODE]}, [DEATH])
        store.save({"live": [NODE, again]}, [more])

        assert store.load(["live"]) == ClusterPast(events={"live": (again,)}, deaths=(more,))

    def test_the_items_are_of_the_layout_of_the_table(self, dynamodb: DynamoDBClient) -> None:
        """Keys that say what it is about, the body, and when DynamoDB may forget it."""
        memory(dynamodb).save({"live": [WAITS]}, [DEATH])
        expected = [
            {
                "pk": {"S": "kubernetes"},
                "sk": {"S": f"death#live/{POD}#live#evicted#1768456860-u1"},
                "body": {"S": value_codec.write(DEATH)},
                "expires_at": {"N": str(SECONDS + KEPT_SECONDS)},
            },
            {
                "pk": {"S": "kubernetes"},
                "sk": {"S": f"event#live#Pod#live#{POD}#{WAITS.uid}"},
                "body": {"S": value_codec.write(WAITS)},
                "expires_at": {"N": str(SECONDS + SHORT_KEPT_SECONDS)},
            },
        ]

        assert sorted(dynamodb.scan(TableName=TABLE)["Items"], key=lambda item: str(item["sk"])) == expected

    def test_pods_are_found_by_how_their_names_begin(self, dynamodb: DynamoDBClient) -> None:
        """With their events; those of another namespace and of nodes are not theirs."""
        store = memory(dynamodb)
        other = replace(DEATH, end=replace(DEATH.end, name="other"))
        untrusted = replace(OF_POD, uid="x", namespace="dead")
        store.save({"live": [NODE, OF_POD, untrusted]}, [DEATH, other])

        assert store.deaths("live/main-service") == ClusterPast(events={"live": (OF_POD,)}, deaths=(DEATH,))
        assert store.deaths("live/nobody") == ClusterPast()

    def test_what_has_run_out_is_not_there_any_more(self, dynamodb: DynamoDBClient) -> None:
        """DynamoDB takes days to forget it."""
        memory(dynamodb).save({"live": [NODE, WAITS]}, [DEATH])
        later = memory(dynamodb, now=SECONDS + SHORT_KEPT_SECONDS)

        assert later.load(["live"]) == ClusterPast(events={"live": (NODE,)}, deaths=(DEATH,))
        assert memory(dynamodb, now=SECONDS + KEPT_SECONDS).load([]) == ClusterPast()

    def test_damaged_items_are_reported_and_spoil_nothing(self, dynamodb: DynamoDBClient) -> None:
        """A few by name, the others by number."""
        memory(dynamodb).save({"live": [NODE]}, [DEATH])
        for number in range(5):
            dynamodb.put_item(
                TableName=TABLE,
                Item={
                    "pk": {"S": "kubernetes"},
                    "sk": {"S": f"death#a\n{number}" if number else "nonsense"},
                    "body": {"S": "{"} if number else {"N": "1"},
                    "expires_at": {"N": str(SECONDS + 9)},
                },
            )
        found = memory(dynamodb).load(["live"])
        reason = "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"

        assert (found.events, found.deaths) == ({"live": (NODE,)}, (DEATH,))
        assert found.problems == (
            f"A stored Kubernetes event or pod termination could not be read: death#a?1: it is damaged ({reason}).",
            f"A stored Kubernetes event or pod termination could not be read: death#a?2: it is damaged ({reason}).",
            f"A stored Kubernetes event or pod termination could not be read: death#a?3: it is damaged ({reason}).",
            "And 2 more items.",
        )

    def test_whoever_merely_looks_writes_nothing(self, dynamodb: DynamoDBClient) -> None:
        """A scan from a terminal."""
        assert memory(dynamodb, is_read_only=True).save({"live": [NODE]}, [DEATH]) == ()
        assert memory(dynamodb).load([]) == ClusterPast()

    def test_hostile_names_make_no_other_key(self, dynamodb: DynamoDBClient) -> None:
        """A number sign in a name is none in a key, and a name of any length fits."""
        store = memory(dynamodb)
        hostile = replace(OF_POD, uid="#" * 300, name="a#b\n" + "x" * 2_000)
        odd = replace(DEATH, end=replace(DEATH.end, name="#" * 400, namespace="#"))

        assert store.save({"live": [hostile]}, [odd]) == ()
        assert store.load(["live"]) == ClusterPast(events={"live": (hostile,)}, deaths=(odd,))


def test_a_flood_is_written_in_batches(connect: Connect) -> None:
    """Twenty-five a call, each key once."""
    sizes: list[int] = []

    def answer(operation: str, given: dict[str, Any]) -> dict[str, Any]:
        assert operation == "BatchWriteItem"
        sizes.append(len(given["RequestItems"][TABLE]))
        return {"UnprocessedItems": {}}

    events = [replace(OF_POD, uid=str(each), at=OF_POD.at + timedelta(seconds=each)) for each in range(60)]
    memory(connect("dynamodb", answer)).save({"live": [*events, events[0]]}, ())

    assert sizes == [25, 25, 10]


@pytest.mark.parametrize("is_whole_call", [True, False])
def test_a_table_that_stays_throttled_is_reported_and_not_waited_for(connect: Connect, *, is_whole_call: bool) -> None:
    """A bounded number of attempts, then a sentence."""
    pauses: list[float] = []

    def answer(operation: str, given: dict[str, Any]) -> dict[str, Any]:
        if is_whole_call:
            raise error("ProvisionedThroughputExceededException", operation)
        return {"UnprocessedItems": given["RequestItems"]}

    notes = memory(connect("dynamodb", answer), pauses).save({"live": [NODE, OF_POD]}, [DEATH])

    assert notes == ("3 Kubernetes events could not be stored in this scan.",)
    assert len(pauses) == ATTEMPTS - 1


def test_what_is_too_long_is_not_written_and_reported(connect: Connect) -> None:
    """An item has a limit, and nobody's name needs so much."""

    def answer(operation: str, given: dict[str, Any]) -> dict[str, Any]:
        assert [operation, len(given["RequestItems"][TABLE])] == ["BatchWriteItem", 1]
        return {"UnprocessedItems": {}}

    long = replace(OF_POD, message="x" * 20_000)

    assert memory(connect("dynamodb", answer)).save({"live": [long, NODE]}, ()) == (
        "1 Kubernetes event could not be stored in this scan.",
    )


def test_reading_ends_some_time(connect: Connect) -> None:
    """Whatever lies in the table."""
    pages: list[object] = []

    def answer(_: str, given: dict[str, Any]) -> dict[str, Any]:
        pages.append(given.get("ExclusiveStartKey"))
        return {"Items": [], "LastEvaluatedKey": {"pk": {"S": "kubernetes"}, "sk": {"S": str(len(pages))}}}

    assert memory(connect("dynamodb", answer)).load([]) == ClusterPast()
    assert len(pages) == MOST_PAGES
    assert pages[:2] == [None, {"pk": {"S": "kubernetes"}, "sk": {"S": "1"}}]


@pytest.mark.parametrize(
    ("call", "action"),
    [
        (lambda store: store.load(["live"]), "dynamodb:Query on table fleetscan-Table"),
        (lambda store: store.save({"live": [NODE]}, ()), "dynamodb:BatchWriteItem on table fleetscan-Table"),
    ],
)
def test_a_refusal_names_the_action(
    connect: Connect, call: Callable[[DynamoClusterHistory], object], action: str
) -> None:
    """Denied is not "nothing kept"."""

    def answer(operation: str, _: dict[str, Any]) -> dict[str, Any]:
        raise error("AccessDeniedException", operation)

    with pytest.raises(AccessError, match=action):
        call(memory(connect("dynamodb", answer)))


def test_another_error_is_the_caller_s(connect: Connect) -> None:
    """A table that is not there is no throttling."""

    def answer(operation: str, _: dict[str, Any]) -> dict[str, Any]:
        raise error("ResourceNotFoundException", operation)

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        memory(connect("dynamodb", answer)).save({"live": [NODE]}, ())
