"""Which date a name means: of all dates of an order only one is the day on which the customer got the parcel."""

from __future__ import annotations

from orderbridge_cli.profiles.names import ITEM, NOTE, PAPER, PAYMENT, Name

_DELIVERED = ("doruc", "delivered", "deliverydate", "datedelivery", "dateofdelivery", "deliveryat")
_PLANNED = (
    *(
        "plan",
        "predpokl",
        "ocekav",
        "ocakav",
        "expected",
        "estimat",
        "promis",
        "slib",
        "pozadov",
        "pozadovan",
    ),
    *("request", "termin", "eta", "nejpozdej", "najneskor", "latest", "preferr", "wish", "prani", "zelan"),
    *("dorucit", "od", "do", "from", "to", "min", "max", "by"),
)
_SENT = (
    *(
        "expedi",
        "odesl",
        "odosl",
        "shipped",
        "shippingdate",
        "shipdate",
        "dateship",
        "dispatch",
        "sent",
        "predan",
    ),
    *("podani", "vyskladn", "kdoruc", "outfor"),
)
_CREATED = (
    *(
        "created",
        "creation",
        "vytvor",
        "vznik",
        "zaloz",
        "prijet",
        "prijat",
        "datumobj",
        "objednan",
        "orderdate",
    ),
    *("dateorder", "dateadd", "dateofcreation", "datumzapisu", "placed", "insert", "dateofissue", "purchase"),
)
_BARE = ("datum", "date", "datumcas", "datetime", "cas", "orderedat", "ordered")
_OTHERS = (
    *(
        *ITEM,
        *NOTE,
        *PAPER,
        *PAYMENT,
        "export",
        "import",
        "sync",
        "zmen",
        "modif",
        "upd",
        "changed",
        "aktual",
    ),
    *("edit", "naroz", "birth", "danov", "duzp", "dzp", "storno", "cancel", "vrac", "vrat", "return", "stav"),
    *("status", "email", "tisk", "print", "zaruk", "warranty", "valid", "platnost", "regist", "login"),
    *(
        "nedoruc",
        "undeliv",
        "notdeliv",
        "neprevz",
        "failed",
        "pokus",
        "attempt",
        "reklam",
        "claim",
        "dodavat",
        "supplier",
    ),
    *("pobock", "vydejn", "pickup", "branch", "box", "depo", "notif", "oznam"),
)


def kind(name: Name) -> str:
    """What a date's name says: delivery, planned, sent, created, bare, other, or nothing."""
    if name.says(_PLANNED):
        return "planned"
    if name.says(("vystav", "issue")) and not name.concerns(PAPER):
        return ""  # of which paper, the name does not say
    if name.says(_OTHERS) or name.within((*ITEM, *PAYMENT, *PAPER)):
        return "other"
    if name.says(_SENT):
        return "sent"
    if name.says(_DELIVERED):
        return "delivery"
    if name.says(_CREATED):
        return "created"
    return "bare" if name.joined in _BARE else ""
