"""What the errors of AWS's library mean to a person: one line, and the exit code of what cannot be reached."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    EndpointConnectionError,
    NoCredentialsError,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from orderbridge_cli.aws import explained
from orderbridge_cli.errors import UnreachableError


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NoCredentialsError(), "No AWS credentials"),
        (TokenRetrievalError(provider="sso", error_msg="hush"), "No AWS credentials"),
        (UnauthorizedSSOTokenError(), "No AWS credentials"),
        (SSOTokenLoadError(profile_name="hush", error_msg="hush"), "No AWS credentials"),
        (EndpointConnectionError(endpoint_url="https://hush.test"), "check network and region"),
    ],
)
def test_a_sign_in_that_is_over_is_no_trouble_of_the_network(error: Exception, told: str) -> None:
    with pytest.raises(UnreachableError, match=told) as raised, explained():
        raise error
    assert "hush" not in str(raised.value)
