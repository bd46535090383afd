"""The stand-in for a FastCentrik shop: its export in several formats, its import, and its clerk."""
