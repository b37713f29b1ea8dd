"""What batch scoring is compared with, each told in shoppers a second over the same file.

A naive loop asks the same local predictor for one shopper after the other. The other way is the usual one: pandas reads
and groups, a transformers pipeline of our encoder's shape classifies the texts, and counts of the events stand beside
its label. It answers less (one label a text; no timing, no next step, no fusion).

Run as a program it measures one of the two in a process of its own: ``score_rivals.py naive|pandas FILE COUNT``.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, cast

from purchase_agent.eval.bench import rivals
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import load_settings, model_folder

NAIVE, PANDAS = "naive", "pandas"


def missing(name: str) -> str:
    """Why this way cannot be measured here; empty where it can."""
    lacking = [one for one in ("pandas", "transformers", "torch") if find_spec(one) is None]
    return f"needs {', '.join(lacking)}" if name == PANDAS and lacking else ""


def naive(path: Path, count: int) -> tuple[float, float]:
    """Seconds for ``count`` shoppers, of the clock and of the processor, the models loaded before."""
    agent = PurchaseAgent("local", "none")
    agent.predict("a kettle")
    begun, spent = time.perf_counter(), time.process_time()
    with path.open(encoding="utf-8") as lines, tempfile.TemporaryFile("w", encoding="utf-8") as out:
        for line in islice(lines, count):
            out.write(agent.predict(json.loads(line)).model_dump_json(by_alias=True) + "\n")
    return time.perf_counter() - begun, time.process_time() - spent


def pandas_pipeline(path: Path, count: int) -> tuple[float, float]:
    """As ``naive``; searches are read as texts, as ours are."""
    import torch

    pd = import_module("pandas")  # which no extra brings, nor types for it

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        rivals.save(model_folder(load_settings().models_dir, "text") / "tokenizer.json", Path(name))
        classify = rivals.pipeline(Path(name)).many
        classify(["a kettle"])
        begun, spent = time.perf_counter(), time.process_time()
        frame = pd.read_json(path, lines=True, nrows=count)
        texts = frame[["shopper_id", "texts"]].explode("texts")
        texts = pd.concat(
            [texts[["shopper_id"]].reset_index(drop=True), pd.json_normalize(texts["texts"].tolist())], axis=1
        )
        events = frame[["shopper_id", "events"]].explode("events")
        events = pd.concat(
            [events[["shopper_id"]].reset_index(drop=True), pd.json_normalize(events["events"].tolist())], axis=1
        )
        searched = events.dropna(subset=["query"])[["shopper_id", "query"]].rename(columns={"query": "text"})
        words = pd.concat([texts[["shopper_id", "text"]], searched]).drop_duplicates()
        words["label"] = [one["label"] for one in cast("Any", classify(words["text"].tolist()))]
        counts = events.pivot_table(index="shopper_id", columns="type", values="at", aggfunc="count", fill_value=0)
        words.groupby("shopper_id").last().join(counts).to_parquet(Path(name) / "out.parquet")
        return time.perf_counter() - begun, time.process_time() - spent


if __name__ == "__main__":
    way = {NAIVE: naive, PANDAS: pandas_pipeline}[sys.argv[1]]
    sys.stdout.write(json.dumps(way(Path(sys.argv[2]), int(sys.argv[3]))) + "\n")
