"""The keys that sign the sessions of the clerks' page: one SSM SecureString with the newest key and the one before.

The function makes the parameter at first use and adds a key every ``ROTATE_AFTER``; nobody has to. A session lasts a
day at most, so the key before the newest is needed for a day only. SSM cannot compare before it writes: where two
processes add a key at the same moment, the later one wins, and who signed in between signs in again.
"""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from orderbridge.adapters.aws.client_errors import error_code
from orderbridge.adapters.aws.parameters import Parameters
from orderbridge.ports.console import SigningKey

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

    from orderbridge.ports import Clock

ROTATE_AFTER = timedelta(days=30)
TTL = timedelta(hours=1)
"""How long a process uses what it read."""
READ_AGAIN_AFTER = timedelta(minutes=1)
"""How soon an unknown name may have the parameter read again: a stranger can invent names, and the account has 40 reads
of parameters a second."""
KEYS = 2
NAME = "signing-keys"


class SsmSigningKeys:
    """``SigningKeys`` under ``{prefix}/console/signing-keys``. A running function reads it once per ``TTL``."""

    def __init__(self, ssm: SSMClient, prefix: str, clock: Clock) -> None:
        self._parameters = Parameters(ssm, prefix, "console")
        self._clock = clock
        self._known: tuple[tuple[SigningKey, datetime], ...] = ()
        self._read_at: datetime | None = None

    def newest(self) -> SigningKey:
        """One GetParameter per ``TTL``; one PutParameter for the first key and per ``ROTATE_AFTER``."""
        if self._is_old(TTL):
            self._read()
        if self._is_due():
            self._read()  # another process may have added one since
        now = self._clock.now()
        if self._is_due():
            made = SigningKey(secrets.token_hex(4), secrets.token_bytes(32))
            self._write(((made, now), *self._known)[:KEYS], first=not self._known)
        return self._known[0][0]

    def named(self, name: str) -> SigningKey | None:
        """As ``newest``; an unknown name is read again, at most once per ``READ_AGAIN_AFTER``."""
        self.newest()
        found = self._found(name)
        if found is None and self._is_old(READ_AGAIN_AFTER):
            self._read()
            found = self._found(name)
        return found

    def _is_due(self) -> bool:
        return not self._known or self._clock.now() - self._known[0][1] > ROTATE_AFTER

    def _found(self, name: str) -> SigningKey | None:
        return next((key for key, _ in self._known if key.name == name), None)

    def _is_old(self, age: timedelta) -> bool:
        return self._read_at is None or self._clock.now() - self._read_at > age

    def _read(self) -> None:
        self._read_at = self._clock.now()
        try:
            self._known = _keys(self._parameters.get(NAME))
        except ClientError as error:
            if error_code(error) != "ParameterNotFound":
                raise
            self._known = ()

    def _write(self, keys: tuple[tuple[SigningKey, datetime], ...], *, first: bool) -> None:
        """Writes `keys` and knows what is stored then. The `first` ones never replace what another process wrote."""
        entries = [
            {"name": key.name, "secret": key.secret.hex(), "made_at": made_at.isoformat()}
            for key, made_at in keys
        ]
        value = json.dumps(entries)
        if first and not self._parameters.put_new(NAME, value):
            self._read()
            if self._known:
                return
            first = False  # what is there cannot be read
        if not first:
            self._parameters.put(NAME, value)
        self._known = keys


def _keys(value: str) -> tuple[tuple[SigningKey, datetime], ...]:
    """What is stored, the newest first. Nothing where it cannot be read: then keys are made anew."""
    try:
        return tuple(
            (
                SigningKey(str(one["name"]), bytes.fromhex(one["secret"])),
                datetime.fromisoformat(one["made_at"]),
            )
            for one in json.loads(value)
        )
    except (ValueError, TypeError, KeyError):
        return ()
