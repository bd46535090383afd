"""FastCentrik: reads a shop's orders from the export behind its URL.

``exports.py`` is the door. ``transport.py`` gets the document, ``xml_codec.py`` and ``csv_codec.py`` cut it
into records, ``codec.py`` reads an order out of a record. Every name and form of a document stands in a
profile (``profiles/*.toml``, described by ``profile.py``), none in the code.
"""
