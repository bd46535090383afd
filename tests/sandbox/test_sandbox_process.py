"""The sandbox as a process of its own: ready file, addresses, quiet, and a clean end."""

from __future__ import annotations

import json
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import requests

from tests.waiting import FAR, eventually, started

ROOT = Path(__file__).resolve().parents[2]


def test_process(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--fastcentrik-port",
        "0",
        "--mall-port",
        "0",
        "--ready-file",
        str(ready),
    ]
    command += ["--client-id", "key-of-the-test", "--export-token", "token-of-the-test"]
    with started(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        eventually(lambda: ready.exists() or process.poll() is not None)
        blocks = json.loads(ready.read_text(encoding="utf-8"))
        assert stat.S_IMODE(ready.stat().st_mode) == 0o600
        shop, mall = blocks["fastcentrik"], blocks["mall"]
        assert set(shop) == {"export_url", "import_url", "control_url"}
        assert re.fullmatch(
            r"http://127\.0\.0\.1:\d+/export/token-of-the-test/orders\.xml", shop["export_url"]
        )
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", mall["api_url"])
        assert requests.get(shop["export_url"], timeout=10).ok
        url = f"{mall['api_url']}/orders"
        assert requests.get(url, params={"client_id": mall["client_id"]}, timeout=10).ok
        assert requests.get(f"{mall['control_url']}/nothing", timeout=10).status_code == 404
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=FAR)
        assert process.returncode == 0
    assert output == ""
    assert list(tmp_path.iterdir()) == []
