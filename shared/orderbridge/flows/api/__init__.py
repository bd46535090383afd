"""What the HTTP API shows and does: one module per subject."""
