"""Which addresses may have what is secret, and that nobody after the check reads them differently."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st
from urllib3.util import parse_url

from orderbridge.addresses import checked, is_public

if TYPE_CHECKING:
    import ipaddress

NOWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound to it
INSIDE = [
    "127.0.0.1",
    "127.0.0.53",
    NOWHERE,
    "169.254.169.254",
    "169.254.170.2",
    "10.0.0.1",
    "172.17.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "::",
    "::1",
    "::127.0.0.1",
    "fe80::1",
    "fec0::1",
    "fd00:ec2::254",
    "ff02::1",
    "ff0e::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "64:ff9b::169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:7f00::1",
]
OUTSIDE = ["8.8.8.8", "2a00:1450:4014:80b::200e", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]


def in_address(number: str) -> str:
    return f"[{number}]" if ":" in number else number


@pytest.mark.parametrize("number", INSIDE)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nothing_inside_is_asked_on_aws(number: str, scheme: str) -> None:
    assert not is_public(number)
    assert checked(f"{scheme}://{in_address(number)}/x") is None
    assert checked(f"{scheme}://{in_address(number)}:9001/2018-06-01/runtime/invocation/next") is None


@pytest.mark.parametrize("number", OUTSIDE)
def test_the_public_internet_is_asked_by_https(number: str) -> None:
    assert is_public(number)
    assert checked(f"https://{in_address(number)}/x") is not None
    assert checked(f"http://{in_address(number)}/x") is None
    assert checked(f"http://{in_address(number)}/x", local=True) is None


@pytest.mark.parametrize(
    "number", ["169.254.169.254", NOWHERE, "::", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fe80::1"]
)
def test_not_even_a_local_stack_asks_for_a_machines_credentials(number: str) -> None:
    assert checked(f"http://{in_address(number)}/x", local=True) is None


@given(st.ip_addresses(v=4))
def test_an_address_within_another_is_judged_as_itself(inner: ipaddress.IPv4Address) -> None:
    for outer in (f"::ffff:{inner}", f"64:ff9b::{inner}"):
        assert is_public(outer) == is_public(str(inner))


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test\\@shop.test/x",
        "https://shop.test\\@evil.test/x",
        "https://shop.test\\evil.test/x",
        "https://user@shop.test/x",
        "https://user:pw@shop.test/x",
        "https://@shop.test/x",
        "https://:@shop.test/x",
        "https://shop.test/\r\nHost: evil.test",
        "https://shop.test/a b",
        " https://shop.test/x",
        "https://shop.test/x\n",
        "https://sh\top.test/x",
        "https://shop.test\u202e/x",
        "https://sh\u200bop.test/x",
        "https://[::1%25eth0]/x",
        "https://[fe80::1%eth0]/x",
        "https://[v1.a]/x",
        "https://shop.test:0/x",
        "https://shop.test:99999/x",
        "https://shop.test;evil.test/x",
        "https://*/x",
        "https:///x",
        "https:/shop.test/x",
        "https:shop.test/x",
        "//shop.test/x",
        "shop.test/x",
        "ftp://shop.test/x",
        "file:///etc/passwd",
        "",
        "https://shop.test/" + "a" * 5000,
    ],
)
def test_what_is_written_oddly_is_used_nowhere(url: str) -> None:
    assert checked(url) is None
    assert checked(url, local=True) is None


HOSTILE = st.text(st.sampled_from("abc.:/?#@\\[]%0129 \t;&=é\u200b-_"), max_size=30)


@given(HOSTILE, HOSTILE)
@example("shop.test", "\\@evil.test")
@example("evil.test\\@shop.test", "/")
@example("shop.test%2f@evil.test", "/")
def test_every_parser_on_the_way_reads_the_same_server(host: str, rest: str) -> None:
    found = checked(f"https://{host}{rest}")
    if found is None:
        return
    prepared = requests.Request("GET", found.url).prepare()
    assert prepared.url is not None
    name = found.server.host.strip("[]")
    for reading in (urlsplit(prepared.url), urlsplit(found.url)):
        assert (reading.hostname, reading.port or 443, reading.username) == (name, found.server.port, None)
    assert parse_url(prepared.url).host == found.server.host
    assert checked(prepared.url) == found._replace(url=prepared.url)
