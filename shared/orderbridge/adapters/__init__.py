"""Implementations of the ports: each package or module talks to one thing outside."""
