"""Which addresses a secret may travel to: MALL's key and the export's address are in what is asked for."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

_LOCAL_NAMES = frozenset({"localhost", "host.docker.internal"})


def keeps_secrets(url: str) -> bool:
    """Whether `url` is https with a host, or plain http that leaves no private network."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or port == 0:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _stays_inside(host))


def _stays_inside(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host in _LOCAL_NAMES
