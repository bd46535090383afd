"""Writes orders to a shop's import.

``imports`` is the port. ``import_codec`` makes the document, ``upload`` sends it, ``preview`` prints it for people.
"""
