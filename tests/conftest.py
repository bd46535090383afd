"""What holds for every test."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from deployment.texts import compile_changed

# `make pytest` does that as well; whoever runs pytest alone gets the texts as they are written now, too.
compile_changed()

# Machines that run the tests are shared and slow: how long an example takes says nothing about the product.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Where a failure stops a change, the same change must give the same verdict twice.
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
# `make check` tries a few examples of each property, `make test` a hundred.
settings.register_profile("quick", settings.get_profile("ci"), max_examples=10)
settings.load_profile("ci" if os.environ.get("CI") else "default")
