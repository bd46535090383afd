"""The key goes to the address that is kept with it, whatever stands in the shop's record in the table."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from orderbridge.adapters.aws.shop_records import shop_record
from tests.contract.mall.calls import OPEN, ORDER, SECRETS
from tests.contract.mall.raw_server import RawServer, answer, raw_server

if TYPE_CHECKING:
    from orderbridge.adapters.mall import MallMarketplaces


def test_a_shops_record_cannot_send_the_key_elsewhere(
    server: RawServer, marketplaces: MallMarketplaces
) -> None:
    server.script.append(answer(OPEN))
    with raw_server() as stranger:
        stranger.script.append(answer(OPEN))
        tampered = {"shop": "demo", "marketplace_api_url": stranger.url}
        record = shop_record(
            {"pk": {"S": "SHOPS"}, "sk": {"S": "demo"}, "settings": {"S": json.dumps(tampered)}}
        )
        secrets = replace(SECRETS, marketplace_api_url=server.url)
        marketplaces.of(record.settings, secrets).read(ORDER)
        assert stranger.requests == []
    assert len(server.requests) == 1
