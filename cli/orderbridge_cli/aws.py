"""What AWS and the product's own errors mean to the person at the command line."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from orderbridge_cli.errors import CommandError, PersonMustActError, UnreachableError, WrongUseError
from orderbridge_cli.language import language, t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.exceptions import ClientError

    from orderbridge.domain.reasons import Reason

CREDENTIALS = frozenset(
    {
        *("ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId"),
        *("UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure", "InvalidAccessKeyId"),
    }
)
"""Error codes that mean: sign in again."""
FORBIDDEN = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"}
)
"""Error codes that mean: a right is missing."""
_NO_CREDENTIALS = ("Credential", "Token", "SSO", "ProfileNotFound", "Login")
"""In the names of botocore's errors that mean: sign in."""


def are_missing_credentials(error: str) -> bool:
    """Whether botocore's error of this name means that there are no credentials that count."""
    return any(part in error for part in _NO_CREDENTIALS)


@contextmanager
def explained(stack: str = "", region: str = "", *, local: bool = False) -> Iterator[None]:
    """Turns the errors of AWS and of the product into one line each. None of them repeats a value that was sent.

    `local`: the AWS is that of a local stack. Raises CommandError.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from orderbridge.errors import OrderbridgeError

    try:
        yield
    except ClientError as error:
        raise _refused(error, stack, region) from None
    except BotoCoreError as error:
        raise _unreached(error, local=local) from None
    except (OrderbridgeError, ValueError) as error:
        raise product_error(error) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _not_usable(error) from None


def _not_usable(error: OSError) -> CommandError:
    """A file, or a connection to something else than AWS."""
    if error.filename is None:
        return UnreachableError(
            t(
                "A connection failed ({name}): check the network, then repeat the command.",
                name=type(error).__name__,
            )
        )
    return WrongUseError(
        t("{file} cannot be used ({problem}).", file=error.filename, problem=type(error).__name__)
    )


def product_error(error: Exception) -> CommandError:
    """An error of the product as one line. What has a code is rendered in the person's language."""
    from zoneinfo import ZoneInfo

    from orderbridge.domain.codes.listeners import ListenerReason
    from orderbridge.errors import (
        BadRequestError,
        ContentTooLargeError,
        ExplainedError,
        ExportProblemError,
        NotFoundError,
        WrongValueError,
    )
    from orderbridge.texts import command_line, render

    if not isinstance(error, ExplainedError):
        return _unexplained(error)
    line = _in_our_words(error.reason) or render(
        error.reason, language(), ZoneInfo("Europe/Prague"), command_line()
    )
    code = str(error.reason.code)
    wrong = {ListenerReason.NO_ALARMS, ListenerReason.NOT_OF_SHOP, ListenerReason.REFUSED}
    of_the_call = (BadRequestError, ContentTooLargeError, NotFoundError, WrongValueError)
    if isinstance(error, of_the_call) or error.reason.code in wrong:
        return WrongUseError(line, code)
    if isinstance(error, ExportProblemError):
        return UnreachableError(line, code)
    return PersonMustActError(line, code)


def _in_our_words(reason: Reason) -> str:
    """What the HTTP API says of tokens and parameters, as somebody says it who uses the command line. Else empty."""
    from orderbridge.domain.codes.api import RequestReason

    match reason.code:
        case RequestReason.UNKNOWN_SHOP:
            shop = getattr(reason.fact("shop"), "text", "")
            return t("There is no shop {shop}: see orderbridge shop list.", shop=shop)
        case RequestReason.NO_SHOPS:
            return t("No shop is connected yet. Begin with: orderbridge shop init")
        case RequestReason.SEVERAL_SHOPS:
            return t("There are several shops: say which one with --shop SHOP.")
        case RequestReason.HOLD_MISSING:
            return t("Give either an order number or --hold CODE.")
        case _:
            return ""


def _unexplained(error: Exception) -> CommandError:
    """Errors of the product whose text is for the log only, and in English."""
    from orderbridge import errors

    match error:
        case errors.StackProblemError():
            return WrongUseError(
                t(
                    "The stack is another one or not yet whole: check its name, or deploy it again (make deploy)."
                )
            )
        case errors.OperatorProblemError():
            return PersonMustActError(
                t(
                    "An operator's record cannot be read: delete its item in the table, and add the operator anew."
                )
            )
        case errors.VersionConflictError() | errors.TableBusyError() | errors.NotTakenError():
            return UnreachableError(t("The table or a queue is busy: repeat the command."))
        case ValueError():
            return WrongUseError(" ".join(str(error).split()))
        case _:
            return PersonMustActError(" ".join(str(error).split()))


def _refused(error: ClientError, stack: str, region: str) -> CommandError:
    # Only the code: AWS's message can repeat the values that were sent.
    code, operation = str(error.response["Error"]["Code"]), error.operation_name
    if code in CREDENTIALS:
        return UnreachableError(
            t(
                "AWS does not accept the credentials ({code}): sign in again, then repeat the command.",
                code=code,
            )
        )
    if code in FORBIDDEN:
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


def _unreached(error: Exception, *, local: bool) -> CommandError:
    name = type(error).__name__
    if local:
        return UnreachableError(t("The local stack does not answer ({name}): start it (make up).", name=name))
    if are_missing_credentials(name):
        return UnreachableError(
            t("No AWS credentials ({name}): sign in, or name a profile with --profile.", name=name)
        )
    if name in {"NoRegionError", "InvalidRegionError"}:
        return WrongUseError(t("No AWS region: use --region, such as eu-central-1."))
    return UnreachableError(
        t("AWS cannot be reached ({name}): check network and region, then repeat the command.", name=name)
    )
