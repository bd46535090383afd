"""Comparison of MALL's lists with our records."""
