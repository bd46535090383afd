"""The contract of ``ExportCheckpoints``, over the fake and the real one."""

from __future__ import annotations

import zlib
from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from orderbridge.adapters.aws.export_checkpoints import S3ExportCheckpoints, table_id
from orderbridge.domain.checkpoints import ExportCheckpoint, Validators
from orderbridge.errors import VersionConflictError
from tests.contract.conftest import make_table
from tests.fakes import FakeExportCheckpoints

if TYPE_CHECKING:
    from orderbridge.ports import ExportCheckpoints
    from tests.contract.conftest import Aws

DIGESTS = array("Q", [0, 1, 2**63, 2**64 - 1])
POSITION = ExportCheckpoint(
    Validators(etag='W/"žluťoučký\r\n %41"', last_modified="Fri, 20 Nov 2026 12:00:00 GMT"),
    "document-1",
    "profile-1",
)


def _beside(aws: Aws, table: str = "") -> S3ExportCheckpoints:
    """The positions as whoever works on this table (the own one by default) sees them."""
    return S3ExportCheckpoints(aws.s3, aws.bucket, lambda: table_id(aws.dynamodb, table or aws.table))


@pytest.fixture
def export_checkpoints(aws_or_none: Aws | None) -> ExportCheckpoints:
    return FakeExportCheckpoints() if aws_or_none is None else _beside(aws_or_none)


def test_a_shop_without_a_position_has_an_empty_one(export_checkpoints: ExportCheckpoints) -> None:
    empty = export_checkpoints.head("demo")
    assert empty == ExportCheckpoint()
    assert export_checkpoints.digests("demo", empty) == array("Q")


@pytest.mark.parametrize(
    "digests", [DIGESTS, array("Q"), array("Q", range(100_000))], ids=["few", "none", "many"]
)
def test_what_was_put_is_read(export_checkpoints: ExportCheckpoints, digests: array[int]) -> None:
    export_checkpoints.put("demo", POSITION, digests)
    stored = export_checkpoints.head("demo")
    assert stored.revision
    assert replace(stored, revision="") == POSITION
    assert export_checkpoints.digests("demo", stored) == digests
    assert export_checkpoints.head("other") == ExportCheckpoint()


def test_a_position_follows_the_one_before(export_checkpoints: ExportCheckpoints) -> None:
    export_checkpoints.put("demo", POSITION, DIGESTS)
    export_checkpoints.put(
        "demo", replace(export_checkpoints.head("demo"), document_digest="document-2"), DIGESTS[:2]
    )
    stored = export_checkpoints.head("demo")
    assert stored.document_digest == "document-2"
    assert export_checkpoints.digests("demo", stored) == DIGESTS[:2]


def test_the_first_position_is_put_once(export_checkpoints: ExportCheckpoints) -> None:
    export_checkpoints.put("demo", POSITION, DIGESTS)
    with pytest.raises(VersionConflictError, match="demo"):
        export_checkpoints.put("demo", POSITION, DIGESTS[:1])
    assert export_checkpoints.digests("demo", export_checkpoints.head("demo")) == DIGESTS


@pytest.mark.parametrize("digests", [DIGESTS, DIGESTS[:1]], ids=["same digests", "other digests"])
def test_the_slower_fetch_writes_nothing(export_checkpoints: ExportCheckpoints, digests: array[int]) -> None:
    export_checkpoints.put("demo", POSITION, DIGESTS)
    read = export_checkpoints.head("demo")
    export_checkpoints.put("demo", replace(read, document_digest="faster"), digests)
    with pytest.raises(VersionConflictError, match="demo"):
        export_checkpoints.put("demo", replace(read, document_digest="slower"), DIGESTS)
    with pytest.raises(VersionConflictError, match="demo"):
        export_checkpoints.digests("demo", read)
    assert export_checkpoints.head("demo").document_digest == "faster"


def test_the_position_of_a_store_that_lost_it_conflicts(export_checkpoints: ExportCheckpoints) -> None:
    gone = replace(POSITION, revision='"0123"')
    with pytest.raises(VersionConflictError):
        export_checkpoints.put("demo", gone, DIGESTS)
    with pytest.raises(VersionConflictError):
        export_checkpoints.digests("demo", gone)


# --- the real one alone ---------------------------------------------------------------------------------


def test_validators_too_long_for_the_store_are_left_out(aws: Aws) -> None:
    export_checkpoints = _beside(aws)
    export_checkpoints.put("demo", replace(POSITION, validators=Validators(etag="ž" * 400)), DIGESTS)
    stored = export_checkpoints.head("demo")
    assert (stored.validators, stored.document_digest) == (Validators(), "document-1")
    assert export_checkpoints.digests("demo", stored) == DIGESTS


@pytest.mark.parametrize("body", [b"", b"nonsense", zlib.compress(b"x" * 35)])
@pytest.mark.parametrize("metadata", [{"format": "digests-1"}, {"format": "digests-9", "etag": "x"}, {}])
def test_what_cannot_be_read_knows_nothing_and_can_be_replaced(
    aws: Aws, body: bytes, metadata: dict[str, str]
) -> None:
    export_checkpoints = _beside(aws)
    aws.s3.put_object(Bucket=aws.bucket, Key="export-checkpoints/demo", Body=body, Metadata=metadata)
    stored = export_checkpoints.head("demo")
    assert replace(stored, revision="") == ExportCheckpoint()
    assert export_checkpoints.digests("demo", stored) == array("Q")
    export_checkpoints.put("demo", replace(POSITION, revision=stored.revision), DIGESTS)
    assert export_checkpoints.digests("demo", export_checkpoints.head("demo")) == DIGESTS


def test_other_errors_are_not_conflicts(aws: Aws) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        S3ExportCheckpoints(aws.s3, "no-such-bucket", lambda: "table-1").put(
            "demo", replace(POSITION, revision=""), DIGESTS
        )


def test_beside_another_table_a_position_counts_as_none_and_is_replaced(aws: Aws) -> None:
    """A table restored from a backup lacks what the position says is known."""
    _beside(aws).put("demo", POSITION, DIGESTS)
    make_table(aws.dynamodb, f"{aws.table}-restored")
    restored = _beside(aws, f"{aws.table}-restored")
    found = restored.head("demo")
    assert found == ExportCheckpoint(revision=found.revision)
    assert restored.digests("demo", found) == array("Q")
    restored.put("demo", replace(POSITION, revision=found.revision), DIGESTS[:2])
    assert restored.digests("demo", restored.head("demo")) == DIGESTS[:2]
    assert _beside(aws).head("demo").document_digest == ""


def test_the_table_is_asked_once(aws: Aws) -> None:
    asked: list[str] = []

    def ask() -> str:
        asked.append("table")
        return "table-1"

    export_checkpoints = S3ExportCheckpoints(aws.s3, aws.bucket, ask)
    export_checkpoints.put("demo", POSITION, DIGESTS)
    export_checkpoints.digests("demo", export_checkpoints.head("demo"))
    assert asked == ["table"]
