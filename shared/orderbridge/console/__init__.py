"""The clerks' page: HTML made on the server over the use cases of ``flows/api``, with sessions of its own.

``answer`` in ``pages`` is the door. ``web`` reads the request and writes the answer, ``sessions`` and ``sign_in`` say
who asks, ``views`` turn a use case's answer into a page, ``templates`` have all that people read.
"""
