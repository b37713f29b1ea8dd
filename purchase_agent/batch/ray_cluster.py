"""Ray, started on this machine alone or joined where it runs, and steps done by a pool of its actors.

The only file that imports ray. Ray Data hands out the steps, restarts an actor that ended and gives its step to be done
again; that this loses and doubles nothing is for the steps to see to.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, cast

from purchase_agent.batch.ray_scratch import scratch, sweep
from purchase_agent.batch.ray_worker import Order, Worker
from purchase_agent.errors import InputError, MissingExtraError, PurchaseAgentError

Address = Literal["auto", "local"]
_STORE_BYTES = 128 << 20
"""Of objects in shared memory: only the steps' numbers and counts pass through it."""
_SWEPT_S, _PATIENCE_S = 60.0, 15.0
_SESSIONS = "pa-ray"
"""Short, as a socket's path must be: they lie in such a folder."""
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal"}


@contextmanager
def connected(address: Address, cpus: int) -> Iterator[int]:
    """A Ray to work with, and how many CPUs it has; one that this process has joined before is used and left.

    Args:
        address: ``local`` starts one that nobody but this process can reach, and ends it; ``auto`` joins the one that
            ``RAY_ADDRESS`` names or that runs on this machine.
        cpus: of one that is started.

    Raises:
        MissingExtraError: Ray is not installed.
        PurchaseAgentError: it cannot be started, or there is none to join.
    """
    if find_spec("ray") is None:
        raise MissingExtraError("--on ray", "scale")
    # Ray tells on standard output of each worker that ended; what becomes of it is told at the end of the run.
    with (
        _environment(_QUIET | (_alone() if address == "local" else {})),
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        redirect_stdout(nowhere),
    ):
        import ray
        import ray.data

        logging.getLogger("ray").setLevel(logging.ERROR)
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        if ray.is_initialized():
            yield _cpus(ray)
            return
        with scratch(_SESSIONS) if address == "local" else nullcontext() as folder:
            try:
                _start(ray, cpus, folder)
                yield _cpus(ray)
            finally:
                ray.shutdown()


def done_by_pool(steps: Sequence[tuple[str, int]], order: Order, size: int) -> Iterator[tuple[int, Any]]:
    """The number of each step and what its marker holds, as they are done, in any order.

    Args:
        size: actors.

    Raises:
        PurchaseAgentError: of the first step that failed.
    """
    if not steps:
        return
    from ray import data
    from ray.exceptions import RayError

    context = data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    rows = data.from_items(
        [{"step": step, "number": number} for step, number in steps], override_num_blocks=len(steps)
    ).map_batches(
        Worker, fn_constructor_args=[order], batch_size=1, num_cpus=1,
        # One at a time each: a step that waited at an actor that ended, or is slow, could be done by another.
        compute=data.ActorPoolStrategy(min_size=1, max_size=min(size, len(steps)), max_tasks_in_flight_per_actor=1),
    )  # fmt: skip
    try:
        for row in rows.iter_rows():
            told = json.loads(row["told"])
            if "error" in told:
                raise _error(told)
            yield int(row["number"]), told
    except RayError as error:
        message = f"Ray gave up: {type(error).__name__}"
        raise PurchaseAgentError(message, hint="run the same command: it goes on") from error


def sweep_everywhere(prefix: str) -> None:
    """Removes what workers have left on the other machines of a cluster."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    nodes = [node["NodeID"] for node in cast("Any", ray).nodes() if node["Alive"]]
    if len(nodes) == 1:
        return
    task: Any = ray.remote(num_cpus=0)(sweep)
    begun = [
        task.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=True)).remote(prefix, _PATIENCE_S)
        for node in nodes
    ]
    ray.wait(begun, num_returns=len(begun), timeout=_SWEPT_S)


def _start(ray: Any, cpus: int, folder: Path | None) -> None:
    try:
        with _unheard():
            if folder is None:
                ray.init(address="auto", log_to_driver=False, logging_level=logging.ERROR)
            else:
                ray.init(
                    address="local", num_cpus=cpus, num_gpus=0, include_dashboard=False, log_to_driver=False,
                    logging_level=logging.ERROR, object_store_memory=_STORE_BYTES, _temp_dir=str(folder),
                )  # fmt: skip
    except ConnectionError as error:
        hint = "`ray start --head` on a machine, `ray start --address` on the others; or --ray-address local"
        raise PurchaseAgentError("there is no Ray to join from here", hint=hint) from error
    except (OSError, RuntimeError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:300]
        raise PurchaseAgentError(f"Ray does not start: {reason}", hint="look for room in /dev/shm and /tmp") from error


def _cpus(ray: Any) -> int:
    return max(int(ray.cluster_resources().get("CPU", 1)), 1)


def _alone() -> dict[str, str]:
    """Ray's servers listen on the loopback address only, as its switch of that odd name has them do, and want a key."""
    return {
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_ADDRESS": "",
    }  # fmt: skip


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """What Ray and its processes read; as it was afterwards."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update({name: value for name, value in values.items() if value})
    for name in [name for name, value in values.items() if not value]:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _unheard() -> Iterator[None]:
    """Without what Ray's own library says on standard error as it starts; what fails is raised."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _error(told: Mapping[str, Any]) -> PurchaseAgentError:
    if told["input"]:
        return InputError(told["error"], hint=told["hint"], field=told["field"])
    return PurchaseAgentError(told["error"], hint=told["hint"])
