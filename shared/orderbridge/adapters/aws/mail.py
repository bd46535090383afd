"""How many messages each shop's people got lately, and which orders wait, in DynamoDB: one item per shop."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from orderbridge.adapters.aws.table import NOTICES_PK, Codec, item_of, values_of
from orderbridge.domain.mail_cap import ShopMail
from orderbridge.errors import VersionConflictError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutItemInputTypeDef

_MAIL = Codec(ShopMail)


class DynamoMail:
    """``Mail`` in the table. An item holds 400 KB: some 20,000 orders that wait."""

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table = table_name

    def get(self, shop: str) -> ShopMail:
        """One GetItem, strongly consistent. What cannot be read counts as none: orders that wait come again."""
        answer = self._dynamodb.get_item(TableName=self._table, Key=item_of(_key(shop)), ConsistentRead=True)
        values = values_of(answer.get("Item", {}))
        try:
            return _MAIL.load(values)
        except ValueError:
            return ShopMail(version=int(values.get("version", 0)))

    def put(self, shop: str, mail: ShopMail) -> None:
        """One conditional PutItem."""
        saved = replace(mail, version=mail.version + 1)
        put: PutItemInputTypeDef = {
            "TableName": self._table,
            "Item": item_of({**_key(shop), **_MAIL.dump(saved)}),
            "ConditionExpression": "attribute_not_exists(pk)",  # nobody wrote it before
        }
        if mail.version:
            # nobody wrote it since it was read
            put["ConditionExpression"] = "version = :expected"
            put["ExpressionAttributeValues"] = {":expected": {"N": str(mail.version)}}
        try:
            self._dynamodb.put_item(**put)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            raise VersionConflictError(
                f"mail of shop {shop}: somebody else was faster: read it again"
            ) from None


def _key(shop: str) -> dict[str, str]:
    return {"pk": NOTICES_PK, "sk": f"{shop}#mail"}
