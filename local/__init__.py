"""Programs that run the product on this machine: the local stack, the demonstration, the functions in containers."""
