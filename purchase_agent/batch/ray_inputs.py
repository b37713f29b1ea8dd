"""Input files of a run on many machines: found anywhere by whoever plans, brought to the machine that reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from purchase_agent.batch.inputs import InputFile, find_inputs, is_named_as_input, look_at
from purchase_agent.batch.ray_place import is_url, opened, told_of
from purchase_agent.clean import printable
from purchase_agent.errors import InputError
from purchase_agent.readers.mapping import MapFile

_CHANGED = ("mtime", "LastModified", "last_modified", "updated", "modified", "created")


def find_anywhere(given: Sequence[str], out: str) -> tuple[InputFile, ...]:
    """The files that are meant, each once; what they hold is told where they are read.

    Args:
        given: paths and URLs of files and folders, and patterns.
        out: the output, of which nothing is an input.

    Raises:
        InputError: something given stands for no file.
    """
    found: dict[str, InputFile] = {}
    for name in given:
        for one in _remote(name, out) if is_url(name) else _local(name, out):
            found.setdefault(one.path, one)
    return tuple(found.values())


@contextmanager
def brought(file: InputFile, into: Path, mapping: MapFile | None) -> Iterator[InputFile]:
    """The file as it can be read on this machine, and what it holds.

    Raises:
        InputError: it is gone, was changed, or cannot be used.
    """
    if not is_url(file.path):
        if not Path(file.path).exists():
            hint = "all machines must see it there: name a shared folder, or a URL"
            raise InputError(f"no such file on this machine: {printable(file.path)}", hint=hint, field="file")
        yield _looked(file, Path(file.path), mapping)
        return
    system, path = opened(file.path)
    here = into / Path(path).name
    try:
        _check(file, system.info(path))
        system.get_file(path, str(here))
        _check(file, system.info(path))
        state = here.stat()
        own = file.model_copy(update={"path": str(here), "size": state.st_size, "changed_ns": state.st_mtime_ns})
        yield _looked(own, here, mapping)
    except OSError as error:
        reason = printable(error.strerror or str(error)[:200] or type(error).__name__)
        raise InputError(
            f"cannot read {printable(file.path)}: {reason}", hint="check the path", field="file"
        ) from error
    finally:
        here.unlink(missing_ok=True)


def _looked(file: InputFile, path: Path, mapping: MapFile | None) -> InputFile:
    seen = look_at(path, mapping)
    return file.model_copy(update={"kind": seen.kind, "form": seen.form, "map": seen.map})


def _local(name: str, out: str) -> Iterator[InputFile]:
    path = Path(name.removeprefix("file://"))
    own = Path(out).resolve() if not is_url(out) else None
    for one in find_inputs([str(path)], Path(out)):
        real = one.resolve()
        if own is not None and real.is_relative_to(own):
            continue
        if not one.exists():
            raise InputError(f"no such file: {printable(str(one))}", hint="check the path", field="file")
        state = one.stat()
        yield _file(str(real), state.st_size, state.st_mtime_ns)


def _remote(name: str, out: str) -> Iterator[InputFile]:
    system, path = opened(name)
    own = opened(out)[1] + "/" if is_url(out) else None
    try:
        if any(sign in path for sign in "*?["):
            infos = [info for info in system.glob(path, detail=True).values() if info["type"] == "file"]
        elif system.isfile(path):
            infos = [system.info(path)]
        else:
            infos = list(_below(system, path))
    except OSError as error:
        message = f"cannot list {printable(name)}: {told_of(error)}"
        raise InputError(message, hint="check the path", field="file") from error
    infos = [info for info in infos if own is None or not f"{info['name']}".startswith(own)]
    if not infos:
        raise InputError(f"no file to read in {printable(name)}", hint="check the path", field="file")
    for info in sorted(infos, key=lambda one: str(one["name"])):
        yield _file(str(system.unstrip_protocol(info["name"])), int(info["size"] or 0), _changed(info))


def _below(system: Any, path: str) -> Iterator[Mapping[str, Any]]:
    for name, info in system.find(path, detail=True).items():
        if is_named_as_input(Path(str(name)[len(path) :].lstrip("/")).parts):
            yield info


def _file(path: str, size: int, changed: int) -> InputFile:
    suffixes = Path(path.lower().removesuffix(".gz")).suffixes
    form = "parquet" if suffixes and suffixes[-1] in (".parquet", ".pq") else "jsonl"
    return InputFile(path=path, size=size, changed_ns=changed, kind="empty", form=form)


def _changed(info: Mapping[str, Any]) -> int:
    """A number that changes with the file; storages tell different things of theirs."""
    told = info.get("ETag") or info.get("etag") or next((info[one] for one in _CHANGED if info.get(one)), "")
    if isinstance(told, datetime):  # of one file some tell this, of many seconds
        told = told.timestamp()
    return int.from_bytes(blake2b(str(told).encode(), digest_size=7).digest(), "big")


def _check(file: InputFile, info: Mapping[str, Any]) -> None:
    if (int(info["size"] or 0), _changed(info)) != (file.size, file.changed_ns):
        hint = "begin anew with --overwrite when it is complete"
        message = f"{printable(file.path)} was changed since the run was planned"
        raise InputError(message, hint=hint, field="file")
