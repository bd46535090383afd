"""Stand-ins for FastCentrik and MALL that speak their wire formats over real HTTP.

`python -m sandbox` runs them as a process of their own, `start_sandbox` inside another one. They are written from the
services' documentation and share no code with the product, so that no mistake is on both sides. Everything is kept in
memory. The control addresses take what a person does on either side and what is to go wrong: see
`sandbox.fastcentrik.control` and `sandbox.mall.control`.
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
