"""The dry run: the product's own flows on a shop's real export and MALL's real lists, and no write anywhere.

``run_preview`` is the way in. ``DryRunPorts`` are the ports that the flows get: they read the real services, and every
write stays in memory. ``result`` is what comes out. Nothing here knows the command line.

Guarantees: nothing is written, neither in the product's own stores and queues nor at MALL nor in the shop. MALL gets
the calls for its lists only, one per page. An interruption leaves nothing behind, because there is nothing to leave.
"""

from orderbridge_cli.dry_run.calls import Calls, MallNotReadError, NotNowError, Wait, calls_of
from orderbridge_cli.dry_run.ports import IN_MEMORY, READS, RUNNERS_OWN, DryRunPorts
from orderbridge_cli.dry_run.result import IRREVERSIBLE, Counts, End, Preview, PreviewRow, PreviewStep
from orderbridge_cli.dry_run.run import Progress, Stage, run_preview

__all__ = [
    "IN_MEMORY",
    "IRREVERSIBLE",
    "READS",
    "RUNNERS_OWN",
    "Calls",
    "Counts",
    "DryRunPorts",
    "End",
    "MallNotReadError",
    "NotNowError",
    "Preview",
    "PreviewRow",
    "PreviewStep",
    "Progress",
    "Stage",
    "Wait",
    "calls_of",
    "run_preview",
]
