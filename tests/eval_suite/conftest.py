"""A suite of labelled texts in a file, and a way to run it with answers made by hand."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.eval.cases.suite import Suite
from purchase_agent.eval.folder import RunFolder
from purchase_agent.eval.runner import Job, run
from tests.eval_suite.samples import Told, prediction

INTENTS = ("ready", "none", "consideration", "ready", "post_purchase")


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Sixty labelled texts; the intent stands in each."""
    path = tmp_path / "texts.jsonl"
    lines = [
        {"id": f"t{number}", "text": f"{INTENTS[number % 5]} words {number}", "intent": INTENTS[number % 5],
         "juster": number % 11, "language": "en" if number % 2 else "zh", "motivation": ["gift"]}
        for number in range(60)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


@pytest.fixture
def suite() -> Suite:
    return Suite(
        name="small", version="1", description="", reader="labelled", tasks=["intent", "purchase", "motivation"],
        slices=["language"], baselines=["majority", "shuffled_evidence"],
    )  # fmt: skip


def right(sample: Any) -> dict[str, Any]:
    """The intent that the text says."""
    return prediction(sample.input["texts"][0]["text"].split()[0])


@pytest.fixture
def ran(suite: Suite, texts: Path, tmp_path: Path) -> Callable[..., RunFolder]:
    """Runs the suite with an answerer."""

    def call(answerer: Told | None = None, **job: Any) -> RunFolder:
        resume = job.pop("resume", False)
        return run(Job(suite, "0" * 64, (texts,), **job), answerer or Told(right), tmp_path / "runs", resume=resume)

    return call
