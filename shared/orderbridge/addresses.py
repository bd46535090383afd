"""Which addresses may be called (R9.18). A call carries secrets: MALL's key, or the export's address itself.

A *local* deployment runs on a developer's machine, against stand-ins; on AWS the rules are strict. The HTTP library's
own parser reads the address, and the text that it returns is the one that is called, so no later parser can read it
differently.
"""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from urllib3.util import parse_url

MAX_LENGTH = 4096
"""Characters of an address."""

_LOCAL_NAMES = frozenset({"localhost", "host.docker.internal"})
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_.])?|\[[0-9a-f:.]{2,45}\]")
_AUTHORITY_ENDS = re.compile(r"[/?#]")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


_Number: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


class Server(NamedTuple):
    """The server that an address names."""

    scheme: str
    host: str
    port: int


class Checked(NamedTuple):
    """An address that may be called: exactly `url`, which is at `server`."""

    url: str
    server: Server


def checked(url: str, *, local: bool = False) -> Checked | None:
    """The address `url` if it may be called; None if not.

    It must be https to a host of the public internet, without a user's name, backslash, blank, control character or
    invisible character. A `local` deployment may call any host, and a private network by plain http. Where a name
    leads is checked when it is resolved, with ``is_public``.
    """
    if len(url) > MAX_LENGTH or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = parse_url(url)
        read_again = urlsplit(parts.url)
        server = Server(parts.scheme or "", parts.host or "", _port(parts.scheme, parts.port))
        again = Server(
            read_again.scheme, read_again.hostname or "", _port(read_again.scheme, read_again.port)
        )
    except ValueError:
        return None
    if _names_a_user(url) or server.port == 0 or not _HOST.fullmatch(server.host):
        return None
    # The HTTP library uses both parsers, so both must read the same server.
    if again != server._replace(host=server.host.strip("[]")) or read_again.username is not None:
        return None
    return Checked(parts.url, server) if _may_be_asked(again, local=local) else None


def _names_a_user(url: str) -> bool:
    return "@" in _AUTHORITY_ENDS.split(url.partition("//")[2], maxsplit=1)[0]


def _port(scheme: str | None, port: int | None) -> int:
    return _DEFAULT_PORTS.get(scheme or "", 0) if port is None else port


def _may_be_asked(server: Server, *, local: bool) -> bool:
    address = _number(server.host)
    if address is None and ":" in server.host:
        return False
    if local:
        inside = server.host in _LOCAL_NAMES if address is None else _is_inside(address)
        return server.scheme == "https" or (server.scheme == "http" and inside)
    return server.scheme == "https" and (address is None or is_public(server.host))


def is_public(address: str) -> bool:
    """Whether the numeric `address` is one host of the public internet. An IPv4 address within IPv6 counts as itself.

    False for loopback (Lambda's runtime API), link-local (a machine's credentials), private networks, unspecified,
    multicast and reserved addresses. The functions are in no private network, so they need none of these.
    """
    number = _number(address)
    if number is None:
        return False
    meant = _meant(number)
    if isinstance(meant, ipaddress.IPv6Address) and meant.is_site_local:
        return False
    return meant.is_global and not meant.is_multicast and not meant.is_reserved


def _is_inside(number: _Number) -> bool:
    meant = _meant(number)
    return meant.is_private and not (meant.is_link_local or meant.is_unspecified or meant.is_multicast)


def _number(host: str) -> _Number | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _meant(number: _Number) -> _Number:
    """The address that `number` stands for: the IPv4 address within it, if there is one."""
    if isinstance(number, ipaddress.IPv4Address):
        return number
    if number in _NAT64:
        return ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
    return number.ipv4_mapped or number.sixtofour or number
