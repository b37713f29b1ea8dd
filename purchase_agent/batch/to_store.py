"""Scored partitions put into a store, each once it is committed; to put one there twice does no harm."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from purchase_agent.batch.folder import WorkFolder, commit_json
from purchase_agent.batch.plan import Plan
from purchase_agent.evidence import read_shopper
from purchase_agent.prediction import Prediction
from purchase_agent.settings import MODELS, Settings, model_folder

_TOGETHER = 1000


class Keeping:
    """Puts partitions of a run into its store."""

    def __init__(self, folder: WorkFolder, plan: Plan, put: Callable[[list[str]], None]) -> None:
        self._folder, self._plan, self._put = folder, plan, put

    def keep(self, partition: int) -> None:
        """Puts a committed partition there, unless it was before."""
        if self._folder.stored(partition).exists():
            return
        with self._folder.part_for_store(partition).open(encoding="utf-8") as lines:
            while some := list(islice(lines, _TOGETHER)):
                self._put(some)
        commit_json(self._folder.stored(partition), {})
        with suppress(OSError):
            self._folder.part_for_store(partition).unlink()


@contextmanager
def keeping(
    folder: WorkFolder, plan: Plan, settings: Settings
) -> Iterator[tuple[Keeping | None, Callable[[int], None]]]:
    """Who keeps partitions, None without a store; and what ends the run there, told how many rows were rejected.

    Raises:
        StoreError: the store cannot be used, or another process is writing it.
    """
    if plan.job.store is None:
        yield None, lambda _: None
        return
    from purchase_agent.store import Scored, Store  # the store's library, which other runs do without

    names = [Path(file.path).name for file in plan.files]
    source = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    with Store(plan.job.store, write=True) as store:
        run = store.begin(
            engine=plan.job.engine, evidence=plan.job.evidence, models=_versions(settings), source=source,
            run_id=plan.run_id, as_of=plan.as_of,
        )  # fmt: skip

        def put(lines: list[str]) -> None:
            rows = []
            for line in lines:
                told = json.loads(line)
                labels = {name: Prediction.model_validate(one) for name, one in told["texts"].items()}
                shopper, prediction = read_shopper(told["shopper"]), Prediction.model_validate(told["prediction"])
                rows.append(Scored(shopper, prediction, labels))
            run.add(rows)

        yield Keeping(folder, plan, put), run.finish


def _versions(settings: Settings) -> dict[str, str]:
    """Model -> version, as predictions tell them."""
    out = {}
    for name in MODELS:
        manifest = model_folder(settings.models_dir, name) / "manifest.json"
        with suppress(OSError, ValueError, KeyError):
            out[name] = str(json.loads(manifest.read_text("utf-8"))["version"])
    if settings.llm_model is not None:
        out["llm"] = settings.llm_model
    return out
