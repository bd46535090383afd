"""People's cases: what waits for a person, and what people are notified of."""
