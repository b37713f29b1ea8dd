"""The runtime of the models, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path


def test_a_prediction_leaves_nothing_behind_and_tells_nobody(tmp_path: Path) -> None:
    code = "from purchase_agent import PurchaseAgent as A; print(A(engine='local').predict('my kettle broke').status)"
    places = {name: str(tmp_path) for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR")}
    # Machines that build are spared by the library: this one shall not look like one.
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LD_LIBRARY_PATH")}
    told = subprocess.run(
        [sys.executable, "-B", "-c", code], env=kept | places, cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert told.stdout == "ok\n"
    assert [path.name for path in tmp_path.rglob("*")] == []
