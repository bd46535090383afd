"""What the demonstration prints while it runs: how far it is, and at the end whether all went well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.demo.texts import count, say

if TYPE_CHECKING:
    from local.demo.scenarios import Chapter, Round


def building() -> None:
    """Prints that the stack is being started."""
    print(say("building the product and deploying template.yaml to the embedded AWS …"), flush=True)


def deployed(seconds: float) -> None:
    """Prints that the stack runs. `seconds`: how long that took."""
    print(say("deployed after {seconds} s", seconds=round(seconds)), flush=True)


def connecting(chapter: Chapter) -> None:
    """Prints that the chapter's orders begin to arrive."""
    shops = ", ".join(shop.name for shop in chapter.shops)
    come_up = count(
        "{number} order comes up at MALL, for: {shops}",
        "{number} orders come up at MALL, for: {shops}",
        len(chapter.stories),
        shops=shops,
    )
    print(f"\n{come_up}", flush=True)


def chapter_begins(chapter: Chapter) -> None:
    """Prints the chapter's title and its shops."""
    title = say("CHAPTER: {title}; orders: {orders}", title=say(chapter.title), orders=len(chapter.stories))
    print(f"\n{title}")
    for shop in chapter.shops:
        print(f"  {shop.name:7} import = {shop.imports:7} {say(shop.text)}", flush=True)


def round_begins(number: int, round_: Round, chapter: Chapter, orders: int) -> None:
    """Prints what happens in this round."""
    begins = say(
        "round {number} of {rounds}: {what}; orders: {orders}",
        number=number,
        rounds=len(chapter.rounds),
        what=say(round_.text),
        orders=orders,
    )
    print(f"  {begins}", flush=True)


def ended(seconds: float, orders: int, failed: list[str]) -> None:
    """Prints the result of the whole demonstration."""
    print(f"\n{say('{seconds} s in all', seconds=round(seconds))}")
    if failed:
        wrong = say(
            "FAILED: of {orders} orders these did not end as they should: {titles}",
            orders=orders,
            titles=", ".join(failed),
        )
        print(wrong)
    else:
        print(
            count(
                "OK: the {number} order ended as it should",
                "OK: all {number} orders ended as they should",
                orders,
            )
        )
