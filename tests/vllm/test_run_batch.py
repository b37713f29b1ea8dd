"""Requests written by ``score --openai-batch`` answered by vLLM's own batch runner, and the answers read back."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.batch.made import rows_of, shopper, write_jsonl
from tests.conftest import Ended
from tests.vllm.compared import LONGEST
from tests.vllm.serving import vllm_python

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("needs_model")]
HERE = Path(__file__).parent
WITHIN_S = 420


def test_what_score_writes_the_runner_answers_and_score_reads(
    command: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python, model, files, out = vllm_python(), tmp_path / "model", tmp_path / "files", tmp_path / "out.parquet"
    build = (
        "import sys, pathlib, runpy; runpy.run_path(sys.argv[1])['build_tiny_llm'](pathlib.Path(sys.argv[2]), seed=7)"
    )
    subprocess.run([python, "-c", build, HERE / "tiny_llm.py", model], check=True, capture_output=True)
    monkeypatch.setenv("PURCHASE_AGENT_LLM_MODEL", "tiny")
    monkeypatch.setenv("PURCHASE_AGENT_LLM_EXTRA_BODY", json.dumps({"max_tokens": LONGEST}))
    source = write_jsonl(tmp_path / "in.jsonl", [shopper(number, language="en") for number in range(12)])
    asked: tuple[Any, ...] = ("score", source, "--out", out, "--openai-batch", files, "--workers", 1, "--json")
    written = command(*asked, "--cache", "none")
    assert written.status == 0, written.err
    (requests,) = files.glob("requests-*.jsonl")
    schemas = json.dumps({"backend": "xgrammar", "disable_any_whitespace": True})
    subprocess.run(
        [
            python, "-m", "vllm.entrypoints.openai.run_batch", "-i", requests, "-o", files / "answers.jsonl",
            "--model", model, "--served-model-name", "tiny", "--dtype", "float32", "--max-model-len", "8192",
            "--enforce-eager", "--structured-outputs-config", schemas,
        ],
        check=True, capture_output=True, timeout=WITHIN_S,
        env=os.environ | {"VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    ended = command(*asked, "--cache", "none")
    assert ended.status == 0, ended.err
    told = json.loads(ended.out)
    assert told["answered"] == {"asked": 12}
    assert told["engines"] == {"llm": 12}
    for row in rows_of(out):
        provenance = row["prediction"]["provenance"]
        assert (provenance["engine"], provenance["models"]["llm"]) == ("llm", "tiny")
        assert provenance["tokens"]["out"] > 0
        assert "no_logprobs" not in row["prediction"]["warnings"]
