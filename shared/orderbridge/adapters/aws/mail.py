"""How many mails each shop got lately, and which orders wait for one, in DynamoDB: one item per shop."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orderbridge.adapters.aws.dynamodb import Condition, Table
from orderbridge.adapters.aws.table import NOTICES_PK, Codec, item_of, key_of
from orderbridge.domain.cases.mail_cap import ShopMail
from orderbridge.errors import VersionConflictError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MAIL = Codec(ShopMail)


class DynamoMail:
    """``Mail`` in the table. An item holds 400 KB: about 20,000 waiting orders."""

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._table = Table(dynamodb, table_name)

    def get(self, shop: str) -> ShopMail:
        """One GetItem, strongly consistent. An unreadable item counts as empty: waiting orders are noted again."""
        values = self._table.get_values(key_of(NOTICES_PK, _sk(shop)))
        return _MAIL.load_or(ShopMail(version=int(values.get("version", 0))), values)

    def put(self, shop: str, mail: ShopMail) -> None:
        """One conditional PutItem."""
        saved = _MAIL.dump(replace(mail, version=mail.version + 1))
        item = item_of({"pk": NOTICES_PK, "sk": _sk(shop), **saved})
        if not self._table.put_if(Condition.at_version(mail.version), item):
            raise VersionConflictError(f"mail of shop {shop}: somebody else was faster: read it again")


def _sk(shop: str) -> str:
    return f"{shop}#mail"
