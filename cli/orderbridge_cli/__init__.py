"""The command line ``orderbridge``: for whoever deploys it, connects shops and looks after them.

``commands`` translates arguments into one call each, and results into what people or programs read. What a command
does is in the other folders, or in the product's own flows. Nothing of this is on Lambda.
"""
