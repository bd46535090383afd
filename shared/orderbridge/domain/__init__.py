"""The rules, pure: no I/O, no clock, no AWS, no HTTP. Callers pass in everything that a rule needs."""
