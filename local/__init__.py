"""The product on this machine: the local stack, the demonstration, and the functions in containers."""
