"""The stand-in for a FastCentrik shop: its export in three formats, its import, and its clerk."""
