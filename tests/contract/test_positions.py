"""The contract of ``Positions``, over the fake and the real one."""

from __future__ import annotations

import zlib
from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from orderbridge.adapters.aws.positions import S3Positions, table_id
from orderbridge.domain.checkpoints import Position, Validators
from orderbridge.errors import VersionConflictError
from tests.contract.conftest import make_table
from tests.fakes import FakePositions

if TYPE_CHECKING:
    from orderbridge.ports import Positions
    from tests.contract.conftest import Aws

DIGESTS = array("Q", [0, 1, 2**63, 2**64 - 1])
POSITION = Position(
    Validators(etag='W/"žluťoučký\r\n %41"', last_modified="Fri, 20 Nov 2026 12:00:00 GMT"),
    "document-1",
    "profile-1",
)


def _beside(aws: Aws, table: str = "") -> S3Positions:
    """The positions as whoever works on this table (the own one by default) sees them."""
    return S3Positions(aws.s3, aws.bucket, lambda: table_id(aws.dynamodb, table or aws.table))


@pytest.fixture
def positions(aws_or_none: Aws | None) -> Positions:
    return FakePositions() if aws_or_none is None else _beside(aws_or_none)


def test_a_shop_without_a_position_has_an_empty_one(positions: Positions) -> None:
    empty = positions.head("demo")
    assert empty == Position()
    assert positions.digests("demo", empty) == array("Q")


@pytest.mark.parametrize(
    "digests", [DIGESTS, array("Q"), array("Q", range(100_000))], ids=["few", "none", "many"]
)
def test_what_was_put_is_read(positions: Positions, digests: array[int]) -> None:
    positions.put("demo", POSITION, digests)
    stored = positions.head("demo")
    assert stored.revision
    assert replace(stored, revision="") == POSITION
    assert positions.digests("demo", stored) == digests
    assert positions.head("other") == Position()


def test_a_position_follows_the_one_before(positions: Positions) -> None:
    positions.put("demo", POSITION, DIGESTS)
    positions.put("demo", replace(positions.head("demo"), document_digest="document-2"), DIGESTS[:2])
    stored = positions.head("demo")
    assert stored.document_digest == "document-2"
    assert positions.digests("demo", stored) == DIGESTS[:2]


def test_the_first_position_is_put_once(positions: Positions) -> None:
    positions.put("demo", POSITION, DIGESTS)
    with pytest.raises(VersionConflictError, match="demo"):
        positions.put("demo", POSITION, DIGESTS[:1])
    assert positions.digests("demo", positions.head("demo")) == DIGESTS


@pytest.mark.parametrize("digests", [DIGESTS, DIGESTS[:1]], ids=["same digests", "other digests"])
def test_the_slower_fetch_writes_nothing(positions: Positions, digests: array[int]) -> None:
    positions.put("demo", POSITION, DIGESTS)
    read = positions.head("demo")
    positions.put("demo", replace(read, document_digest="faster"), digests)
    with pytest.raises(VersionConflictError, match="demo"):
        positions.put("demo", replace(read, document_digest="slower"), DIGESTS)
    with pytest.raises(VersionConflictError, match="demo"):
        positions.digests("demo", read)
    assert positions.head("demo").document_digest == "faster"


def test_the_position_of_a_store_that_lost_it_conflicts(positions: Positions) -> None:
    gone = replace(POSITION, revision='"0123"')
    with pytest.raises(VersionConflictError):
        positions.put("demo", gone, DIGESTS)
    with pytest.raises(VersionConflictError):
        positions.digests("demo", gone)


# --- the real one alone ---------------------------------------------------------------------------------


def test_validators_too_long_for_the_store_are_left_out(aws: Aws) -> None:
    positions = _beside(aws)
    positions.put("demo", replace(POSITION, validators=Validators(etag="ž" * 400)), DIGESTS)
    stored = positions.head("demo")
    assert (stored.validators, stored.document_digest) == (Validators(), "document-1")
    assert positions.digests("demo", stored) == DIGESTS


@pytest.mark.parametrize("body", [b"", b"nonsense", zlib.compress(b"x" * 35)])
@pytest.mark.parametrize("metadata", [{"format": "digests-1"}, {"format": "digests-9", "etag": "x"}, {}])
def test_what_cannot_be_read_knows_nothing_and_can_be_replaced(
    aws: Aws, body: bytes, metadata: dict[str, str]
) -> None:
    positions = _beside(aws)
    aws.s3.put_object(Bucket=aws.bucket, Key="positions/demo", Body=body, Metadata=metadata)
    stored = positions.head("demo")
    assert replace(stored, revision="") == Position()
    assert positions.digests("demo", stored) == array("Q")
    positions.put("demo", replace(POSITION, revision=stored.revision), DIGESTS)
    assert positions.digests("demo", positions.head("demo")) == DIGESTS


def test_other_errors_are_not_conflicts(aws: Aws) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        S3Positions(aws.s3, "no-such-bucket", lambda: "table-1").put(
            "demo", replace(POSITION, revision=""), DIGESTS
        )


def test_beside_another_table_a_position_counts_as_none_and_is_replaced(aws: Aws) -> None:
    """A table restored from a backup lacks what the position says is known."""
    _beside(aws).put("demo", POSITION, DIGESTS)
    make_table(aws.dynamodb, f"{aws.table}-restored")
    restored = _beside(aws, f"{aws.table}-restored")
    found = restored.head("demo")
    assert found == Position(revision=found.revision)
    assert restored.digests("demo", found) == array("Q")
    restored.put("demo", replace(POSITION, revision=found.revision), DIGESTS[:2])
    assert restored.digests("demo", restored.head("demo")) == DIGESTS[:2]
    assert _beside(aws).head("demo").document_digest == ""


def test_the_table_is_asked_once(aws: Aws) -> None:
    asked: list[str] = []

    def ask() -> str:
        asked.append("table")
        return "table-1"

    positions = S3Positions(aws.s3, aws.bucket, ask)
    positions.put("demo", POSITION, DIGESTS)
    positions.digests("demo", positions.head("demo"))
    assert asked == ["table"]
