"""``python -m purchase_agent.faults``: the server on its own, for trying a client against it by hand."""

from __future__ import annotations

import argparse
import sys

from purchase_agent.faults.modes import MODES
from purchase_agent.faults.server import FaultServer


def main() -> int:
    """Serves until it is interrupted; 2 where the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m purchase_agent.faults", description=__doc__)
    parser.add_argument("--list", action="store_true", help="name all modes and end")
    parser.add_argument("--mode", default="ok", choices=sorted(MODES), metavar="MODE", help="how to answer")
    parser.add_argument("--port", type=int, default=8099, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="before any answer")
    given = parser.parse_args()
    if given.list:
        for name, mode in sorted(MODES.items()):
            sys.stdout.write(f"{name:24} {mode.description}\n")
        return 0
    try:
        with FaultServer(given.mode, latency_s=given.latency_ms / 1000, port=given.port) as server:
            sys.stderr.write(f"{given.mode} at {server.url}, until interrupted\n")
            server.wait()
    except OSError as error:
        sys.stderr.write(f"port {given.port}: {error.strerror}\n")
        return 2
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
