"""The local stack: the embedded AWS with the product deployed into it, the sandbox, and the stack's client."""
