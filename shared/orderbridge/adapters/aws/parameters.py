"""SecureStrings in SSM Parameter Store, as every adapter here uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from orderbridge.adapters.aws.client_errors import error_code

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class Parameters:
    """The parameters of one deployment: one per shop, under a folder of their own."""

    def __init__(self, ssm: SSMClient, prefix: str, folder: str) -> None:
        self._ssm = ssm
        self._folder = f"{prefix}/{folder}"

    def name_of(self, shop: str) -> str:
        """The full name of the shop's parameter."""
        return f"{self._folder}/{shop}"

    def get(self, shop: str) -> str:
        """One GetParameter. Raises botocore's ClientError."""
        answer = self._ssm.get_parameter(Name=self.name_of(shop), WithDecryption=True)
        return answer["Parameter"]["Value"]

    def put(self, shop: str, value: str) -> None:
        """One PutParameter: `value` in place of what was there."""
        self._ssm.put_parameter(Name=self.name_of(shop), Value=value, Type="SecureString", Overwrite=True)

    def put_new(self, shop: str, value: str) -> bool:
        """One PutParameter. False: there is such a parameter, and it stays as it is."""
        try:
            self._ssm.put_parameter(
                Name=self.name_of(shop), Value=value, Type="SecureString", Overwrite=False
            )
        except ClientError as error:
            if error_code(error) != "ParameterAlreadyExists":
                raise
            return False
        return True

    def remove(self, shop: str) -> None:
        """One DeleteParameter. Harmless if there is no such parameter."""
        try:
            self._ssm.delete_parameter(Name=self.name_of(shop))
        except ClientError as error:
            if error_code(error) != "ParameterNotFound":
                raise
