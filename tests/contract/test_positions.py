"""The contract of ``Positions``, over the fake and the real one."""

from __future__ import annotations

import zlib
from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from orderbridge.adapters.aws.positions import S3Positions
from orderbridge.ports import Position, Positions, Validators, VersionConflictError
from tests.fakes import FakePositions

if TYPE_CHECKING:
    from tests.contract.conftest import Aws

DIGESTS = array("Q", [0, 1, 2**63, 2**64 - 1])
POSITION = Position(
    Validators(etag='W/"žluťoučký\r\n %41"', last_modified="Fri, 20 Nov 2026 12:00:00 GMT"),
    "document-1",
    "profile-1",
)


@pytest.fixture
def positions(aws_or_none: Aws | None) -> Positions:
    return FakePositions() if aws_or_none is None else S3Positions(aws_or_none.s3, aws_or_none.bucket)


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
    positions = S3Positions(aws.s3, aws.bucket)
    positions.put("demo", replace(POSITION, validators=Validators(etag="ž" * 400)), DIGESTS)
    stored = positions.head("demo")
    assert (stored.validators, stored.document_digest) == (Validators(), "document-1")
    assert positions.digests("demo", stored) == DIGESTS


@pytest.mark.parametrize("body", [b"", b"nonsense", zlib.compress(b"x" * 35)])
@pytest.mark.parametrize("metadata", [{"format": "digests-1"}, {"format": "digests-9", "etag": "x"}, {}])
def test_what_cannot_be_read_knows_nothing_and_can_be_replaced(
    aws: Aws, body: bytes, metadata: dict[str, str]
) -> None:
    positions = S3Positions(aws.s3, aws.bucket)
    aws.s3.put_object(Bucket=aws.bucket, Key="positions/demo", Body=body, Metadata=metadata)
    stored = positions.head("demo")
    assert replace(stored, revision="") == Position()
    assert positions.digests("demo", stored) == array("Q")
    positions.put("demo", replace(POSITION, revision=stored.revision), DIGESTS)
    assert positions.digests("demo", positions.head("demo")) == DIGESTS


def test_other_errors_are_not_conflicts(aws: Aws) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        S3Positions(aws.s3, "no-such-bucket").put("demo", replace(POSITION, revision=""), DIGESTS)
