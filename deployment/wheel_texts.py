"""Compiles the catalogues of texts into the wheel: `pip install .` works in a clone where nothing was made yet."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CATALOGUES = (
    "shared/orderbridge/texts/locale",
    "shared/orderbridge/console/locale",
    "cli/orderbridge_cli/locale",
)


class WheelTexts(BuildHookInterface[Any]):
    """The build hook. It writes only what is missing, so an editable install leaves the files of `make` alone."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the interface's
        """Writes every ``.mo`` file that does not exist yet, beside its ``.po`` file."""
        for folder in CATALOGUES:
            for written in Path(self.root, folder).glob("*/LC_MESSAGES/*.po"):
                compiled = written.with_suffix(".mo")
                if not compiled.exists():
                    body = BytesIO()
                    with written.open("rb") as text:
                        write_mo(body, read_po(text))
                    compiled.write_bytes(body.getvalue())
