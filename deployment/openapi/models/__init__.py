"""What the HTTP API answers, as pydantic models, one module per subject. The use cases build plain JSON of this form."""
