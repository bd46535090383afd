"""The events in events/: the input of each function, one file per case, `<function>.<case>.json`.

`sam local` and the tests use the same files. Values that are known only at run time (a token, a receipt handle) are
placeholders, `{{name}}`. All data is invented.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "events"
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def names() -> list[str]:
    """The names of all events, sorted, without `.json`."""
    return sorted(path.name.removesuffix(".json") for path in FOLDER.glob("*.json"))


def function_of(name: str) -> str:
    """The function of an event, named like its folder, e.g. `push_to_mall`."""
    return name.partition(".")[0]


def load(name: str, **values: str) -> dict[str, Any]:
    """The event with its placeholders replaced by `values`.

    Raises:
        KeyError: a placeholder has no value; the message names the file and the placeholder.
    """

    def fill(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise KeyError(f"events/{name}.json: no value for {found[0]}")
        return json.dumps(values[found[1]])[1:-1]

    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    event: dict[str, Any] = json.loads(_PLACEHOLDER.sub(fill, text))
    return event
