"""The contract of ``Mail``, over the fake and the real one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters.aws.mail import DynamoMail
from orderbridge.adapters.aws.notices import DynamoNotices
from orderbridge.domain.cases.mail_cap import ShopMail
from orderbridge.domain.shops import ShopNotices
from orderbridge.errors import VersionConflictError
from tests.fakes import NOON, FakeMail

if TYPE_CHECKING:
    from tests.contract.conftest import Aws

MAIL = ShopMail((NOON, NOON + timedelta(seconds=1)), (7, 4_700_000_001))


@pytest.fixture
def mail(aws_or_none: Aws | None) -> FakeMail | DynamoMail:
    return FakeMail() if aws_or_none is None else DynamoMail(aws_or_none.dynamodb, aws_or_none.table)


def test_each_shop_has_its_own(mail: FakeMail | DynamoMail) -> None:
    assert mail.get("demo") == ShopMail()
    mail.put("demo", MAIL)
    assert mail.get("demo") == ShopMail(MAIL.sent, MAIL.waiting, version=1)
    assert mail.get("other") == ShopMail()


def test_of_two_writers_one_wins(mail: FakeMail | DynamoMail) -> None:
    mail.put("demo", MAIL)
    seen = mail.get("demo")
    mail.put("demo", seen)
    for late in (seen, MAIL):
        with pytest.raises(VersionConflictError, match="mail of shop demo"):
            mail.put("demo", late)
    assert mail.get("demo").version == 2


def test_it_stands_beside_the_notices(aws: Aws) -> None:
    notices, mail = DynamoNotices(aws.dynamodb, aws.table), DynamoMail(aws.dynamodb, aws.table)
    notices.put("demo", ShopNotices(digest_day="2026-11-20"))
    mail.put("demo", MAIL)
    assert notices.get("demo") == ShopNotices(digest_day="2026-11-20")
    assert mail.get("demo").waiting == MAIL.waiting


def test_what_cannot_be_read_is_written_anew(aws: Aws) -> None:
    mail = DynamoMail(aws.dynamodb, aws.table)
    item = {"pk": {"S": "NOTICES"}, "sk": {"S": "demo#mail"}, "sent": {"S": "x"}, "version": {"N": "3"}}
    aws.dynamodb.put_item(TableName=aws.table, Item=item)
    assert mail.get("demo") == ShopMail(version=3)
    mail.put("demo", mail.get("demo"))
    assert mail.get("demo") == ShopMail(version=4)
