"""Background processes that outlive the command that started them, and are stopped by another command.

A process is identified by its id and its start time, so an id that the system has given to another process is never
signalled.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

POLL_SECONDS = 0.05
"""Seconds between two checks of a process."""
STOP_SECONDS = 10.0
"""How long a process may take to stop by itself before it is killed, in seconds."""


class StackError(Exception):
    """The local stack cannot do what was requested. The message is one line: what, where to look, what to do."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process that this project started, as stored in a processes file."""

    name: str
    pid: int
    started: str
    """Its start time as the system gives it. It is only compared."""
    log: str


def start(name: str, command: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path) -> Process:
    """Starts `command` in its own session, with its output in `log` (overwritten). Does not wait for it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603 - the caller's own programs
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )
    # The child may outlive this process, and Popen would warn about that. Only its id is used from here on, and
    # _started() reaps it.
    child.returncode = 0
    return Process(name=name, pid=child.pid, started=_started(child.pid) or "", log=str(log))


def alive(process: Process) -> bool:
    """Whether this process, and not another one with its id, still runs."""
    started = _started(process.pid)
    return started is not None and started == process.started


def wait_until(
    ready: Callable[[], bool], what: str, processes: Sequence[Process], *, seconds: float = 60.0
) -> None:
    """Waits until `ready` returns true, for at most `seconds`.

    Raises:
        StackError: a process ended meanwhile, or the time is over.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        for process in processes:
            if not alive(process):
                msg = f"{process.name} ended before {what} was ready: see {process.log}"
                raise StackError(msg)
        if time.monotonic() > deadline:
            logs = ", ".join(process.log for process in processes)
            msg = f"{what} was not ready after {seconds:.0f} s: see {logs}"
            raise StackError(msg)
        time.sleep(POLL_SECONDS)


def stop(processes: Sequence[Process]) -> list[str]:
    """Stops the processes with all their children and waits until they are gone. Returns the names that ran."""
    running = [process for process in processes if alive(process)]
    for process in running:
        _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while any(alive(process) for process in running) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    for process in running:
        # A child that ignored the first signal keeps the group alive after its leader has ended.
        _signal_group(process, signal.SIGKILL)
    while any(alive(process) for process in running):
        time.sleep(POLL_SECONDS)
    return [process.name for process in running]


def save(processes: Sequence[Process], path: Path) -> None:
    """Writes the processes file atomically; only its owner can read it."""
    write_private(path, [asdict(process) for process in processes])


def load(path: Path) -> list[Process]:
    """The processes in a processes file; none without a file.

    Raises:
        StackError: the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    try:
        return [Process(**entry) for entry in json.loads(text)]
    except (TypeError, ValueError):
        msg = f"{path} cannot be read: stop the processes of its stack by hand, then delete it"
        raise StackError(msg) from None


def write_private(path: Path, content: object) -> None:
    """Writes `content` as JSON, atomically, with mode 600."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    draft.replace(path)


def _signal_group(process: Process, number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _started(pid: int) -> str | None:
    """Start time of process `pid`. None: it is gone; a zombie counts as gone and is reaped."""
    with contextlib.suppress(ChildProcessError):  # another command's child: its parent or init reaps it
        os.waitpid(pid, os.WNOHANG)
    try:
        # After the name, which may contain spaces and parentheses: field 3 is the state, field 22 the start.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except FileNotFoundError:
        return None if Path("/proc/self").exists() else _started_by_ps(pid)
    return None if fields[0] in "ZX" else fields[19]


def _started_by_ps(pid: int) -> str | None:
    """Start time of process `pid` where the system has no /proc."""
    answer = subprocess.run(  # noqa: S603 - constant command
        ["ps", "-o", "state=,lstart=", "-p", str(pid)],  # noqa: S607 - wherever the system keeps it
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, moment = answer.stdout.strip().partition(" ")
    return None if not moment or state.startswith("Z") else moment.strip()
