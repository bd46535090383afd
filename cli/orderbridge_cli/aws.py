"""What AWS and the product's own errors mean to the person at the command line."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from orderbridge_cli.errors import CommandError, PersonMustActError, UnreachableError, WrongUseError
from orderbridge_cli.language import language, t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.exceptions import ClientError

_CREDENTIALS = frozenset(
    {
        *("ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId"),
        *("UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure", "InvalidAccessKeyId"),
    }
)
_FORBIDDEN = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
)


@contextmanager
def explained(stack: str = "", region: str = "") -> Iterator[None]:
    """Turns the errors of AWS and of the product into one line each. None of them repeats a value that was sent.

    Raises CommandError.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from orderbridge.errors import OrderbridgeError

    try:
        yield
    except ClientError as error:
        raise _refused(error, stack, region) from None
    except BotoCoreError as error:
        raise _unreached(error) from None
    except (OrderbridgeError, ValueError) as error:
        raise product_error(error) from None


def product_error(error: Exception) -> CommandError:
    """An error of the product as one line. What has a code is rendered in the person's language."""
    from zoneinfo import ZoneInfo

    from orderbridge.errors import (
        BadRequestError,
        ContentTooLargeError,
        ExplainedError,
        ExportProblemError,
        NotFoundError,
        WrongValueError,
    )
    from orderbridge.texts import render

    if not isinstance(error, ExplainedError):
        kind = WrongUseError if isinstance(error, ValueError) else PersonMustActError
        return kind(" ".join(str(error).split()))
    line = render(error.reason, language(), ZoneInfo("Europe/Prague"))
    code = str(error.reason.code)
    if isinstance(error, (BadRequestError, ContentTooLargeError, NotFoundError, WrongValueError)):
        return WrongUseError(line, code)
    if isinstance(error, ExportProblemError):
        return UnreachableError(line, code)
    return PersonMustActError(line, code)


def _refused(error: ClientError, stack: str, region: str) -> CommandError:
    # Only the code: AWS's message can repeat the values that were sent.
    code, operation = str(error.response["Error"]["Code"]), error.operation_name
    if code in _CREDENTIALS:
        return UnreachableError(
            t(
                "AWS does not accept the credentials ({code}): sign in again, then repeat the command.",
                code=code,
            )
        )
    if code in _FORBIDDEN:
        return UnreachableError(
            t(
                "Your AWS rights do not allow {operation}: docs/deploy.md lists the rights.",
                operation=operation,
            )
        )
    if operation == "DescribeStacks" and code == "ValidationError":
        where = region or t("the region of your AWS settings")
        return WrongUseError(t("Stack {stack} does not exist in {region}.", stack=stack, region=where))
    return UnreachableError(
        t("AWS answers {code} to {operation}: repeat the command.", code=code, operation=operation)
    )


def _unreached(error: Exception) -> CommandError:
    name = type(error).__name__
    if name in {"NoCredentialsError", "PartialCredentialsError", "ProfileNotFound", "TokenRetrievalError"}:
        return UnreachableError(
            t("No AWS credentials ({name}): sign in, or name a profile with --profile.", name=name)
        )
    if name in {"NoRegionError", "InvalidRegionError"}:
        return WrongUseError(t("No AWS region: use --region, such as eu-central-1."))
    return UnreachableError(
        t("AWS cannot be reached ({name}): check network and region, then repeat the command.", name=name)
    )
