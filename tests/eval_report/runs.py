"""Run folders as ``eval run`` writes them, made without a model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Record = dict[str, Any]

HOSTILE = '</script><script>window.broken=1</script><img src=x onerror="window.broken=1"> <!-- 🙂 \'"'
INTENTS = ("none", "awareness", "exploration", "consideration", "ready", "post_purchase")


def prediction(text: str, intent: str = "ready", quote: tuple[int, int] = (0, 1)) -> Record:
    """A prediction's JSON, cut to what a page reads."""
    return {
        "shopper_id": "s", "status": "ok",
        "intent": {
            "label": intent, "declined": False, "repurchase": False, "sentiment": "neutral", "set": [intent],
            "probabilities": {one: 0.75 if one == intent else 0.05 for one in INTENTS},
            "purchase_probability": {"horizon_days": 30, "value": 0.62},
        },
        "motivation": {"labels": ["gift"], "probabilities": {"gift": 0.8, "occasion": 0.1}, "barriers": {"price": 0.9}},
        "next_action": {"label": "purchase", "probabilities": {"purchase": 0.9, "leave": 0.1}},
        "timing": {"label": "now", "probabilities": {"now": 0.7, "unknown": 0.3}},
        "evidence": [
            {"supports": f"intent.{intent}", "source": "t1", "quote": text[slice(*quote)], "start": quote[0],
             "end": quote[1], "weight": 1.25}
        ],
    }  # fmt: skip


def sample(
    id_: str, text: str, target: str | None = "ready", intent: str | None = "ready", *, epoch: int = 1,
    quote: tuple[int, int] = (0, 1), **metadata: Any,
) -> Record:  # fmt: skip
    """One line of ``samples.jsonl``; ``intent`` None is a sample that was not answered."""
    told = {"language": "en", "channel": "chat", "source": "made", "length": "up to 20", **metadata}
    scores: Record = {"answer": {"schema_valid": True, "breaches": [], "quotes": 1, "verbatim": 1}}
    scores["intent"] = {"value": intent} | ({"right": intent == target} if target else {})
    return {
        "id": id_, "epoch": epoch, "metadata": told, "model_usage": {}, "total_time": 0.004,
        "input": {"shopper_id": "s", "texts": [{"id": "t1", "channel": told["channel"], "text": text}]},
        "target": {"intent": target, "motivation": ["gift"], "barrier": [], "declined": False, "purchase": 0.7},
        "output": prediction(text, intent, quote) if intent else None,
        "scores": scores if intent else {},
        "error": None if intent else {"type": "timeout", "message": "no answer in time"},
    }  # fmt: skip


def result(metric: str, task: str | None, value: float, low: float, high: float, **more: Any) -> Record:
    """One row of ``results``; ``baselines``, ``slice`` and others as given."""
    given = {"slice": {}, "n": 100, "baselines": {}} | more
    return {"metric": metric, "task": task, "value": value, "low": low, "high": high, **given}


def about(**more: Any) -> Record:
    """A ``run.json``."""
    beside = {"majority": {"value": 0.1, "low": 0.08, "high": 0.12, "n": 100},
              "annotators": {"value": 0.97, "low": 0.9, "high": 1.0, "n": 100}}  # fmt: skip
    return {
        "id": "made-1", "created": "2026-11-22T10:00:00Z", "status": "success", "engine": "local", "model": None,
        "suite": {"name": "shipped_texts", "version": "1", "sha256": "a" * 64, "seen_in_training": False,
                  "description": "Made texts.", "notes": ["Read me first."]},
        "prompts": [{"name": "purchase/zero", "version": "1", "sha256": "b" * 64}], "models": {"text": "1.0"},
        "data": [{"path_name": "texts.jsonl", "sha256": "c" * 64, "n": 3}],
        "versions": {"python": "3.11", "packages": {"numpy": "2.3"}}, "git": "d" * 40, "seed": 7, "repeats": 1, "n": 3,
        "stats": {"latency_ms": {"p50": 4.2, "p95": 9.1, "p99": 14.0}, "tokens": {"in": 1200, "out": 80, "cached": 0},
                  "cost_per_1000": 0.4},
        "results": [
            result("macro_f1", "intent", 0.8, 0.7, 0.9, baselines=beside),
            result("f1", "intent", 0.9, 0.8, 1.0, slice={"label": "ready"}, cases=41),
            result("macro_f1", "intent", 0.7, 0.6, 0.8, slice={"language": "en"}),
            result("latency_ms_p50", None, 4.2, 4.0, 4.4),
        ],
        "tables": {
            "confusion": {"intent": {"labels": ["none", "ready"], "counts": [[3, 1], [0, 7]]}},
            "reliability": {"intent": [{"p": 0.4, "observed": 0.5, "n": 10}, {"p": 0.9, "observed": 0.8, "n": 90}]},
            "risk_coverage": {"intent": [{"coverage": 0.5, "risk": 0.0}, {"coverage": 1.0, "risk": 0.2}]},
        },
    } | more  # fmt: skip


def write(folder: Path, samples: Sequence[Record], **more: Any) -> Path:
    """A run folder."""
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(about(**more)), "utf-8")
    lines = "".join(json.dumps(one) + "\n" for one in samples)
    (folder / "samples.jsonl").write_text(lines, "utf-8")
    return folder
