"""What the HTTP API answers, as pydantic models, one module per subject. Use cases build plain JSON of this form."""
