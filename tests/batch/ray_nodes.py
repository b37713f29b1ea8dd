"""A run on a Ray of two nodes, of which a worker is killed and then a whole node taken away, in a process of its own.

``python -m tests.batch.ray_nodes FOLDER``

FOLDER holds ``in``; afterwards also ``out`` and ``log.json``: what was killed, and the steps that were begun again.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# As in ray_cluster: nothing is told to anybody, and the servers are on the loopback address.
os.environ |= {
    "RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": "0123456789abcdef" * 4, "RAY_health_check_period_ms": "500",
}  # fmt: skip

from purchase_agent.batch.plan import Job
from purchase_agent.batch.ray_run import score_on_ray
from purchase_agent.settings import load_settings

PARTITIONS = 8


class Silent:
    """Nobody watches."""

    def stage(self, name: str, total: int) -> None: ...
    def done(self, number: int, units: int) -> None: ...
    def say(self, words: str) -> None: ...


class Trouble(threading.Thread):
    """Kills the process that is at a partition, once some are committed takes a node away, and keeps a log."""

    def __init__(self, out: Path, remove_node: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self.log: dict[str, Any] = {"killed": []}
        self._work = out / "_work"
        self._remove = remove_node

    def run(self) -> None:
        """Two kills, one of them after some partitions; then the node."""
        self._kill(1)
        self._kill(2)
        self._wait(lambda: len(self._parts()) >= 4)
        self._remove()
        self.log["node_removed_after"] = len(self._parts())

    def _kill(self, parts: int) -> None:
        self._wait(lambda: len(self._parts()) >= parts)
        number, pid = self._wait(self._somebody)
        os.kill(pid, signal.SIGKILL)
        self.log["killed"].append([number, pid, number in self._parts()])

    def _somebody(self) -> tuple[str, int] | None:
        """A partition that was begun and not committed, and who is at it."""
        for path in sorted(self._work.glob("tries/score-*.json")):
            number = path.stem.removeprefix("score-")
            with suppress(OSError, ValueError):
                pid = json.loads(path.read_text())["pid"]
                if number not in self._parts() and pid not in [one[1] for one in self.log["killed"]]:
                    return number, pid
        return None

    def _parts(self) -> list[str]:
        return [path.stem for path in self._work.glob("parts/*.json")]

    @staticmethod
    def _wait(until: Callable[[], Any]) -> Any:
        while not (found := until()):
            time.sleep(0.005)
        return found


def main(folder: Path) -> None:
    """Runs it."""
    import ray
    from ray.cluster_utils import Cluster

    with tempfile.TemporaryDirectory(prefix="pa-nodes-") as sessions:
        node: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 100 << 20, "temp_dir": sessions}
        cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
        second = cluster.add_node(**node)
        ray.init(address=cluster.address, log_to_driver=False)
        trouble = Trouble(folder / "out", lambda: cluster.remove_node(second, allow_graceful=False))
        trouble.start()
        try:
            job = Job(
                inputs=(str(folder / "in"),), out=folder / "out", engine="local", as_of=datetime(2026, 9, 1, tzinfo=UTC)
            )
            summary = score_on_ray(job, str(folder / "out"), load_settings(), Silent(), partitions=PARTITIONS)
        finally:
            ray.shutdown()
            cluster.shutdown()
    (folder / "log.json").write_text(json.dumps({**trouble.log, "summary": summary.as_json()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
