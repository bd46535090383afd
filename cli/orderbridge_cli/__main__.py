"""``python -m orderbridge_cli`` is ``orderbridge``."""

from __future__ import annotations

import sys

from orderbridge_cli.app import main

sys.exit(main())
