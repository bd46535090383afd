"""The use cases of the HTTP API: one module per subject."""
