"""`python -m sandbox`: runs both stand-ins until SIGTERM or Ctrl-C, and ends with 0."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from sandbox.server import SandboxOptions, start_sandbox, write_ready_file


def main() -> int:
    """The process: servers up, ready file written, servers down on a signal, ready file gone."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="Stand-ins for FastCentrik and MALL."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--fastcentrik-port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--mall-port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument(
        "--ready-file", type=Path, required=True, help="JSON with the addresses, written when ready"
    )
    parser.add_argument("--client-id", help="MALL's key (default: invented)")
    parser.add_argument("--export-token", help="secret part of the export URL (default: invented)")
    parser.add_argument("--import-token", help="secret part of the import URL (default: invented)")
    arguments = vars(parser.parse_args())
    ready_file: Path = arguments.pop("ready_file")
    options = SandboxOptions(**{key: value for key, value in arguments.items() if value is not None})

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with start_sandbox(options) as sandbox:
        write_ready_file(ready_file, sandbox)
        stopped.wait()
    ready_file.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
