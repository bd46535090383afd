"""Adapters for AWS. Clients are passed in, never made here; importing a module opens no connection.

Errors of AWS propagate as botocore raises them, except where a port names its own error.
"""
