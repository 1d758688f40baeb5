"""Idempotency: work is done once per key, with Powertools in the stack's table.

    pk=slack#posts  sk=post#<hash of the key>  state=COMPLETED  data="1768457103.218441"  expires_at=1769753103

SQS delivers at least once, and a function that fails half way is called again. Work that raised may be retried at once;
work whose invocation was killed, after that invocation's time limit. Finished work is not repeated: its text is
returned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.typing import LambdaContext

from fleetscan.ports import Once

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PERMISSIONS = frozenset({"dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"})

PARTITION = "slack#posts"
KEPT_SECONDS = 15 * 86_400
"""A day longer than the dead-letter queue keeps a message that may be redriven."""


def once(dynamodb: DynamoDBClient, table: str, context: LambdaContext) -> Once:
    """Return a function that does work once per key, for an invocation with this context.

    It raises Powertools' IdempotencyAlreadyInProgressError while another invocation does the same work, and
    IdempotencyPersistenceLayerError if the table cannot be read or written.
    """
    config = IdempotencyConfig(expires_after_seconds=KEPT_SECONDS, hash_function="sha256", lambda_context=context)
    layer = DynamoDBPersistenceLayer(
        table,
        key_attr="pk",
        static_pk_value=PARTITION,
        sort_key_attr="sk",
        expiry_attr="expires_at",
        in_progress_expiry_attr="until_milliseconds",
        status_attr="state",
        boto3_client=dynamodb,
    )

    def do(key: str, work: Callable[[], str]) -> str:
        def done(*, key: str) -> str:  # noqa: ARG001 - Powertools reads it
            return work()

        idempotent = idempotent_function(
            done, data_keyword_argument="key", persistence_store=layer, config=config, key_prefix="post"
        )
        return str(idempotent(key=key))

    return do
