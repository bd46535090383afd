"""orderbridge: keeps MALL Partner orders in step with what a shop does in FastCentrik.

Read it in the order in which an order travels: ``flows/fetch_changes.py`` finds what changed in the shop's
export, ``flows/map_state.py`` decides the next step (the rules are in ``domain/planning.py`` and ``pairing.py``),
``flows/push_to_mall.py`` carries it out, ``flows/retry_transitions.py`` wakes what waits.
"""
