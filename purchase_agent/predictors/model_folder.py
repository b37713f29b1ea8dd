"""Model folders: a ``manifest.json`` that names each file with its SHA-256, checked before anything is loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from purchase_agent.errors import ModelFileError


def advice(command: str) -> str:
    """What to do about a folder that cannot be used."""
    return f"reinstall purchase-agent, or point PURCHASE_AGENT_MODELS_DIR at a folder that `{command}` wrote"


def verified(folder: Path, files: Sequence[str], command: str) -> dict[str, Any]:
    """The manifest of a folder all of whose ``files`` are those that it names.

    Raises:
        ModelFileError: a file is missing, unreadable or another than the manifest's.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
        listed = dict(manifest["files"])
        str(manifest["version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"no usable manifest.json in {folder}: {error}", hint=advice(command)) from error
    for name in files:
        try:
            digest = sha256(folder / name)
        except OSError as error:
            message = f"model file {folder / name} cannot be read: {error.strerror}"
            raise ModelFileError(message, hint=advice(command)) from error
        if digest != listed.get(name):
            message = f"model file {folder / name} is damaged: its SHA-256 is {digest[:12]}…"
            raise ModelFileError(message, hint=advice(command))
    return manifest


def reseal(folder: Path, files: Sequence[str]) -> None:
    """Seals a folder anew after one of its files was changed on purpose."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    seal(folder, files, {name: value for name, value in manifest.items() if name != "files"})


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def seal(folder: Path, files: Sequence[str], facts: dict[str, Any]) -> None:
    """Writes the manifest of a finished folder: ``facts`` (with ``version``) and the SHA-256 of every file."""
    manifest = {**facts, "files": {name: sha256(folder / name) for name in files}}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
