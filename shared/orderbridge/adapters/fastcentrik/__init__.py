"""FastCentrik: reads a shop's orders from the export behind its URL, and writes orders to the import behind another.

``exports.py`` and ``imports.py`` are the doors. Reading: ``transport.py`` gets the document, ``xml_codec.py`` and
``csv_codec.py`` cut it into records, ``codec.py`` reads an order out of a record. Writing: ``import_codec.py`` makes
the document, ``posting.py`` sends it. Every name and form of a document stands in a profile (``profiles/*.toml``,
described by ``profile.py`` and ``import_part.py``), none in the code.
"""
