"""The chapters that are played, in their order."""

from __future__ import annotations

from local.demo import marketplace_side, shop_side

CHAPTERS = (shop_side.CHAPTER, marketplace_side.CHAPTER)
