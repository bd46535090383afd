"""The local stack: the embedded AWS with the product deployed into it, the sandbox beside it, and its client."""
