"""The stand-in for the MALL Partner API, written from its documentation and from what its recorded answers show.

It refuses what the documentation forbids, but for what MALL's own clients send, so a client that works here keeps the
rules. Where the documentation leaves a question open, a switch in `behaviour` gives the other answer. Answers that are
not true are among the `faults`.
"""
