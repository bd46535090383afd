"""Reads a shop's orders from its export.

``exports`` is the port. ``download`` gets the document, ``xml_codec`` and ``csv_codec`` cut it into records, ``orders``
reads an order from a record, ``report`` collects what is wrong with the document as a whole.
"""
