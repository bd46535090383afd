"""Code that several flows share, and the larger parts of single flows."""
