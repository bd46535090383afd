"""The stand-in for the MALL Partner API, written from its documentation and from what its recorded answers show.

It refuses whatever the documentation forbids, so that a client that works here has kept the rules, but for what MALL's
own clients send. Where that leaves a question open, a switch in `behaviour` gives the other answer; a MALL that says
yes and means something else is among the `faults`.
"""
