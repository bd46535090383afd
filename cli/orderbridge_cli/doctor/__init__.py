"""``orderbridge doctor``: what stands between a shop and its orders at MALL. It reads, and writes nothing anywhere.

``run`` runs the looks, ``findings`` has their result and its JSON, ``view`` prints it. ``export`` with ``census``,
``profiles`` and ``orders``, ``mall``, ``record``, ``people`` and ``deployment`` are the looks; ``unreached`` makes
findings of what cannot be reached.
"""
