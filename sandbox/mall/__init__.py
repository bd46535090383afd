"""The stand-in for the MALL Partner API, written from its documentation alone.

It refuses whatever the documentation forbids, so that a client that works here has kept the rules. Where the
documentation leaves a question open, a switch in `behaviour` gives the other answer.
"""
