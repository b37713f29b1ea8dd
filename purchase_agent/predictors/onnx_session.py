"""Opens an ONNX model on the processor: the one way in which every predictor runs one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from purchase_agent.errors import ModelFileError


def runtime() -> Any:
    """The library, loaded so that it writes no identifier of this machine and sends nothing away.

    From 1.32 on it would; it looks once, as it is loaded (https://github.com/microsoft/onnxruntime/pull/27379).
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # heavy: nothing waits for it before a model is needed

    return onnxruntime


def open_session(file: Path, threads: int, *, optimise: bool = True) -> Any:
    """A session of ONNX Runtime.

    Args:
        threads: of one run.
        optimise: off for a graph that is written in fused operators already.

    Raises:
        ModelFileError: the file cannot be loaded.
    """
    onnxruntime = runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if not optimise:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library raises its own bare exceptions
        raise ModelFileError(f"{file} cannot be loaded: {error}") from error
