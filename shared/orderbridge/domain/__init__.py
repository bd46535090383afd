"""The rules, pure: no I/O, no clock, no AWS, no HTTP. Everything that a rule needs is passed in."""
