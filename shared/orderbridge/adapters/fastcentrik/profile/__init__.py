"""A shop's profile: how its orders are written, in the export and for the import.

``schema`` and ``import_schema`` are its tables, ``checks`` compares them, ``load`` reads a profile from TOML. The
profiles that come with the product are in ``../profiles``.
"""
