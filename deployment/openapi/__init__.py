"""The OpenAPI document of the HTTP API, made of the code: its routes, its limits and enums, and the models beside it.

No function imports this package. It makes ``docs/openapi.json``, which ``operate`` serves, and the tests use it: every
answer that any of them gets is checked against its model (``tests/openapi``).
"""
