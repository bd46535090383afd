"""FastCentrik: reads a shop's orders from its export, and writes orders to its import.

The names and forms of documents are in a profile, not in the code. ``profile/`` loads profiles, ``reading/`` uses them
for the export, ``writing/`` for the import.
"""
