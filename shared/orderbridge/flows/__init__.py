"""The use cases: one file per function, with the function's name. They use ports; the domain makes the decisions."""
