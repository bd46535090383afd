"""Writes the OpenAPI document: ``python -m tests.openapi``, which is `make openapi`.

Refuses to write one that breaks callers of the committed one under a version that does not allow it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from deployment.openapi.breaks import breaks, is_allowed
from deployment.openapi.document import document
from tests.openapi.examples import record

Json = Any
PATH = Path(__file__).parents[2] / "docs" / "openapi.json"


def made() -> Json:
    """The document as the code makes it."""
    recorded = record()
    return document(recorded.examples, recorded.problems)


def text_of(content: Json) -> str:
    """The document as a file has it."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def unannounced(before: Json, after: Json) -> list[str]:
    """What breaks callers of the document `before` although the version of `after` does not allow it."""
    if is_allowed(before["info"]["version"], after["info"]["version"]):
        return []
    return breaks(before, after)


def main() -> int:
    """Writes the document. Returns 1 if it would break callers."""
    content = made()
    if PATH.exists():
        found = unannounced(json.loads(PATH.read_text(encoding="utf-8")), content)
        if found:
            print("This breaks callers of the API:", *found, sep="\n  ", file=sys.stderr)
            print("If it is meant: raise VERSION in deployment/openapi/document.py.", file=sys.stderr)
            return 1
    PATH.write_text(text_of(content), encoding="utf-8")
    print(f"{PATH.name}: {len(content['paths'])} paths, version {content['info']['version']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
