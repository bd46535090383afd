"""What each shop's export held at the last good fetch: one S3 object per shop.

The object's body is a digest of its metadata (32 bytes) and the sorted digests of the orders, 8 bytes each
(little endian), compressed; the small things are in its metadata. So a fetch that finds the export unchanged
costs one HeadObject, however many orders there are.

A position belongs to one table. Beside another one, restored from a backup for example, it would hide the changes that
this table does not know; so there it counts as none, and the export is handed over whole.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zlib
from array import array
from dataclasses import replace
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from botocore.exceptions import ClientError

from orderbridge.domain.checkpoints import Position, Validators
from orderbridge.errors import VersionConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

FORMAT = "digests-2"
"""A position of another format is read as "nothing is known", and replaced by the next good fetch."""
LONGEST_METADATA = 1900
"""Bytes of names and values; S3 takes 2 KB."""
SEAL_BYTES = 32

_CONFLICTS = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})


class S3Positions:
    """``Positions`` in a bucket, under ``positions/{shop}``; `table_id` tells whose they are, and is asked once.

    The role needs s3:ListBucket on the bucket as well: without it S3 answers 403 for a key that is not there.
    """

    def __init__(self, s3: S3Client, bucket: str, table_id: Callable[[], str]) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._ask_table = table_id

    @cached_property
    def _table(self) -> str:
        return self._ask_table()

    def head(self, shop: str) -> Position:
        """One HeadObject."""
        try:
            answer = self._s3.head_object(Bucket=self._bucket, Key=_key(shop))
        except ClientError as error:
            if _code(error) in _MISSING:
                return Position()
            raise
        metadata, revision = answer["Metadata"], answer["ETag"]
        return _position(metadata, revision) if self._is_ours(metadata) else Position(revision=revision)

    def digests(self, shop: str, position: Position) -> array[int]:
        """One GetObject; none if there is no position yet.

        Raises VersionConflictError when the stored position is not `position` any more. A body that cannot be
        read gives no digests: then every order counts as changed, which is harmless.
        """
        if not position.revision:
            return array("Q")
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=_key(shop), IfMatch=position.revision)
        except ClientError as error:
            if _code(error) in _CONFLICTS | _MISSING:
                raise _conflict(shop) from None
            raise
        with answer["Body"] as body:
            content = body.read()
        return _unpack(content) if self._is_ours(answer["Metadata"]) else array("Q")

    def put(self, shop: str, position: Position, digests: array[int]) -> Position:
        """One PutObject, on condition that nobody put another position since `position` was read."""
        metadata = _metadata(position, self._table)
        body = _pack(metadata, digests)
        try:
            if position.revision:
                answer = self._s3.put_object(
                    Bucket=self._bucket,
                    Key=_key(shop),
                    Body=body,
                    Metadata=metadata,
                    IfMatch=position.revision,
                )
            else:
                answer = self._s3.put_object(
                    Bucket=self._bucket, Key=_key(shop), Body=body, Metadata=metadata, IfNoneMatch="*"
                )
        except ClientError as error:
            if _code(error) in _CONFLICTS | _MISSING:  # missing: removed since it was read
                raise _conflict(shop) from None
            raise
        return replace(position, revision=answer["ETag"])

    def _is_ours(self, metadata: Mapping[str, str]) -> bool:
        """Whether this version and this table can go on from there."""
        return metadata.get("format") == FORMAT and metadata.get("table") == self._table


def table_id(dynamodb: DynamoDBClient, table: str) -> str:
    """Which table it is: one that was restored, or made anew under the name, is another. One DescribeTable."""
    found = dynamodb.describe_table(TableName=table)["Table"]
    born = f"{found['TableArn']} {found['CreationDateTime'].astimezone(UTC).isoformat()}"
    return hashlib.sha256(born.encode()).hexdigest()[:32]


def _key(shop: str) -> str:
    return f"positions/{shop}"


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def _conflict(shop: str) -> VersionConflictError:
    return VersionConflictError(f"position of shop {shop}: another fetch was faster: read it again")


def _metadata(position: Position, table: str) -> dict[str, str]:
    """Percent-encoded, because HTTP headers and S3 take plain ASCII only.

    Validators that are too long for S3 are left out: the next fetch is an unconditional one then.
    """
    known = {
        "format": FORMAT,
        "table": table,
        "document-digest": position.document_digest,
        "profile-digest": position.profile_digest,
    }
    validators = {"etag": position.validators.etag, "last-modified": position.validators.last_modified}
    metadata = {name: quote(value, safe="") for name, value in {**known, **validators}.items()}
    if sum(len(name) + len(value) for name, value in metadata.items()) > LONGEST_METADATA:
        return {name: metadata[name] for name in known}
    return metadata


def _position(metadata: Mapping[str, str], revision: str) -> Position:
    return Position(
        Validators(
            etag=unquote(metadata.get("etag", "")), last_modified=unquote(metadata.get("last-modified", ""))
        ),
        document_digest=unquote(metadata.get("document-digest", "")),
        profile_digest=unquote(metadata.get("profile-digest", "")),
        revision=revision,
    )


def _pack(metadata: Mapping[str, str], digests: array[int]) -> bytes:
    """Compressed little; what it is for is the checksum that comes with it.

    S3's ETag, which is the revision, may depend on the body alone. The digest of the metadata at its start
    makes it another one too when only the metadata changed.
    """
    seal = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode()).digest()
    return zlib.compress(seal + _little_endian(digests).tobytes(), level=1)


def _unpack(content: bytes) -> array[int]:
    digests = array("Q")
    try:
        digests.frombytes(zlib.decompress(content)[SEAL_BYTES:])
    except (zlib.error, ValueError):
        return array("Q")
    return _little_endian(digests)


def _little_endian(digests: array[int]) -> array[int]:
    if sys.byteorder == "little":
        return digests
    swapped = digests[:]
    swapped.byteswap()
    return swapped
