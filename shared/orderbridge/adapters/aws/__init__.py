"""Adapters for AWS. They get their clients; importing a module opens no connection.

``table`` is the layout of the table, ``dynamodb`` makes its requests. Errors of AWS propagate as botocore raises them,
unless a port names its own error.
"""
