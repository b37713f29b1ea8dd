"""What runs in an actor of Ray: holds a loaded ``Steps`` and does one step after the other, as Ray Data hands them out.

A failure comes back as a row, so that it reaches the user as one sentence and stops nothing but this run.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any

from purchase_agent import __version__
from purchase_agent.batch import ray_output
from purchase_agent.batch.plan import Plan, folder_digest
from purchase_agent.batch.ray_place import Place
from purchase_agent.batch.ray_scratch import of_run, scratch
from purchase_agent.batch.ray_steps import Steps
from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.settings import MODELS, load_settings, model_folder

Order = dict[str, Any]
"""``out``: the output; ``settings``: environment of the command; ``call``, ``cache``: see ``Steps``."""


class Worker:
    """Does a row ``{"step", "number"}`` of a batch of one; tells ``{"number", "told"}``, the latter as JSON."""

    def __init__(self, order: Order) -> None:
        os.environ.update(order["settings"] | {"OMP_NUM_THREADS": "1"})
        self._order = order
        self._kept = ExitStack()

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Does one step."""
        step, number = str(batch["step"][0]), int(batch["number"][0])
        told: dict[str, Any]
        try:
            told = self._steps.do(step, number)
        except PurchaseAgentError as error:
            field = error.field if isinstance(error, InputError) else ""
            told = {"error": error.message, "hint": error.hint, "field": field, "input": isinstance(error, InputError)}
        except Exception as error:
            message = f"unforeseen on {socket.gethostname()}: {type(error).__name__}: {error}"
            told = {"error": message, "hint": "please report it", "field": "", "input": False}
        return {"number": batch["number"], "told": [json.dumps(told)]}

    @cached_property
    def _steps(self) -> Steps:
        place = Place(self._order["out"])
        raw = place.read(ray_output.PLAN)
        if raw is None:
            raise PurchaseAgentError(f"{place.shown}/{ray_output.PLAN} is gone, or cannot be seen from every machine")
        plan = Plan.model_validate_json(raw)
        _check_alike(plan)
        folder = self._kept.enter_context(scratch(of_run(plan.run_id)))
        cache = self._order["cache"]
        return Steps(place, plan, folder, self._order["call"], Path(cache) if cache is not None else None)


def _check_alike(plan: Plan) -> None:
    """That this machine would answer as the one where the run was planned."""
    host = socket.gethostname()
    planned = plan.depends["version"]
    if planned != __version__:
        message = f"{host} has version {__version__} of this package, and {planned} planned the run"
        raise PurchaseAgentError(message, hint="install the same version on all machines")
    folder = load_settings().models_dir
    own = {name: folder_digest(model_folder(folder, name)) for name in MODELS}
    if own != plan.depends["models"]:
        message = f"{host} has other models than the machine where the run was planned"
        raise PurchaseAgentError(message, hint="put the same folder of models on all machines")
