"""Stand-ins for FastCentrik and MALL that speak their wire formats over real HTTP.

`python -m sandbox` runs them as a process of their own, `start_sandbox` inside another one. They are written
from the services' documentation and share no code with the product, so that a mistake is not made on both
sides alike. Everything is kept in memory. What a person does on either side, and what is to go wrong, is told
to the control addresses: see `sandbox.fastcentrik.control` and `sandbox.mall.control`.
"""

from sandbox.people import PERSONAL_MARKERS
from sandbox.server import FastCentrikAddresses, MallAddresses, Sandbox, SandboxOptions, start_sandbox

__all__ = [
    "PERSONAL_MARKERS",
    "FastCentrikAddresses",
    "MallAddresses",
    "Sandbox",
    "SandboxOptions",
    "start_sandbox",
]
