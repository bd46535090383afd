"""What each shop's export held at the last good fetch: one S3 object per shop.

The compressed body is a digest of the metadata (32 bytes) and the sorted digests of the orders, 8 bytes each (little
endian). The small values are in the metadata, so a fetch of an unchanged export costs one HeadObject.

A position belongs to one table. With another table, for example one restored from a backup, it would hide changes that
the table does not have. Then it counts as none, and the whole export is handed over.
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

from orderbridge.adapters.aws.client_errors import error_code
from orderbridge.domain.checkpoints import ExportCheckpoint, Validators
from orderbridge.errors import VersionConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

FORMAT = "digests-2"
"""A position in another format counts as none, and the next good fetch replaces it."""
MAX_METADATA = 1900
"""Bytes of names and values. S3 allows 2 KB."""
SEAL_BYTES = 32

_CONFLICTS = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})


class S3ExportCheckpoints:
    """``ExportCheckpoints`` in a bucket, under ``export-checkpoints/{shop}``.

    `table_id` returns the table's id and is called once.

    The role also needs s3:ListBucket: without it S3 answers 403 for a missing key.
    """

    def __init__(self, s3: S3Client, bucket: str, table_id: Callable[[], str]) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._ask_table = table_id

    @cached_property
    def _table(self) -> str:
        return self._ask_table()

    def head(self, shop: str) -> ExportCheckpoint:
        """One HeadObject."""
        try:
            answer = self._s3.head_object(Bucket=self._bucket, Key=_key(shop))
        except ClientError as error:
            if error_code(error) in _MISSING:
                return ExportCheckpoint()
            raise
        metadata, revision = answer["Metadata"], answer["ETag"]
        return (
            _position(metadata, revision) if self._is_ours(metadata) else ExportCheckpoint(revision=revision)
        )

    def digests(self, shop: str, checkpoint: ExportCheckpoint) -> array[int]:
        """One GetObject; none if there is no position yet.

        Raises VersionConflictError if the stored position is no longer `checkpoint`. An unreadable body gives no
        digests: then every order counts as changed, which is harmless.
        """
        if not checkpoint.revision:
            return array("Q")
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=_key(shop), IfMatch=checkpoint.revision)
        except ClientError as error:
            if error_code(error) in _CONFLICTS | _MISSING:
                raise _conflict(shop) from None
            raise
        with answer["Body"] as body:
            content = body.read()
        return _unpack(content) if self._is_ours(answer["Metadata"]) else array("Q")

    def put(self, shop: str, checkpoint: ExportCheckpoint, digests: array[int]) -> ExportCheckpoint:
        """One PutObject, on condition that `checkpoint` is still the stored one."""
        metadata = _metadata(checkpoint, self._table)
        body = _pack(metadata, digests)
        try:
            if checkpoint.revision:
                answer = self._s3.put_object(
                    Bucket=self._bucket,
                    Key=_key(shop),
                    Body=body,
                    Metadata=metadata,
                    IfMatch=checkpoint.revision,
                )
            else:
                answer = self._s3.put_object(
                    Bucket=self._bucket, Key=_key(shop), Body=body, Metadata=metadata, IfNoneMatch="*"
                )
        except ClientError as error:
            if error_code(error) in _CONFLICTS | _MISSING:  # missing: removed since it was read
                raise _conflict(shop) from None
            raise
        return replace(checkpoint, revision=answer["ETag"])

    def _is_ours(self, metadata: Mapping[str, str]) -> bool:
        """Whether this table, in this format, wrote it."""
        return metadata.get("format") == FORMAT and metadata.get("table") == self._table


def table_id(dynamodb: DynamoDBClient, table: str) -> str:
    """The table's identity. A restored table, or a new one of the same name, is another table. One DescribeTable."""
    found = dynamodb.describe_table(TableName=table)["Table"]
    born = f"{found['TableArn']} {found['CreationDateTime'].astimezone(UTC).isoformat()}"
    return hashlib.sha256(born.encode()).hexdigest()[:32]


def _key(shop: str) -> str:
    return f"export-checkpoints/{shop}"


def _conflict(shop: str) -> VersionConflictError:
    return VersionConflictError(f"position of shop {shop}: another fetch was faster: read it again")


def _metadata(checkpoint: ExportCheckpoint, table: str) -> dict[str, str]:
    """Percent-encoded, because HTTP headers and S3 take plain ASCII only.

    Validators that are too long for S3 are left out: then the next fetch is unconditional.
    """
    known = {
        "format": FORMAT,
        "table": table,
        "document-digest": checkpoint.document_digest,
        "profile-digest": checkpoint.profile_digest,
    }
    validators = {"etag": checkpoint.validators.etag, "last-modified": checkpoint.validators.last_modified}
    metadata = {name: quote(value, safe="") for name, value in {**known, **validators}.items()}
    if sum(len(name) + len(value) for name, value in metadata.items()) > MAX_METADATA:
        return {name: metadata[name] for name in known}
    return metadata


def _position(metadata: Mapping[str, str], revision: str) -> ExportCheckpoint:
    return ExportCheckpoint(
        Validators(
            etag=unquote(metadata.get("etag", "")), last_modified=unquote(metadata.get("last-modified", ""))
        ),
        document_digest=unquote(metadata.get("document-digest", "")),
        profile_digest=unquote(metadata.get("profile-digest", "")),
        revision=revision,
    )


def _pack(metadata: Mapping[str, str], digests: array[int]) -> bytes:
    """The body. It is compressed for the checksum that comes with it, not for its size.

    S3's ETag, which is the revision, may depend on the body only. The digest of the metadata at its start changes the
    ETag also if only the metadata changed.
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
