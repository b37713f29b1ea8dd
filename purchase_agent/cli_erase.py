"""``purchase-agent erase``: one shopper out of the store and the files that were written about him, with a receipt."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from purchase_agent.batch.folder import WorkFolder
from purchase_agent.batch.memory import all_files
from purchase_agent.clean import printable
from purchase_agent.cli_options import wrong
from purchase_agent.cli_predict import DONE, FAILED, PARTIAL
from purchase_agent.errors import InputError
from purchase_agent.exports.audience import about_file, holdout_file
from purchase_agent.exports.erasing import FORMS, Cleaned, clean_file, is_parquet
from purchase_agent.exports.identifiers import naming
from purchase_agent.exports.trace import Trace, pieces
from purchase_agent.settings import PREFIX, load_settings
from purchase_agent.store import pseudonym
from purchase_agent.store.erasing import Erasure

app = typer.Typer(add_completion=False)

_NOT_OURS = (
    "files that were not named with --out: other outputs of score, exports, logs",
    "the files that were scored: take the shopper out of them too, or the next run brings him back",
    "copies, backups and snapshots of the files named here, and free blocks of the disk",
    "what was uploaded elsewhere, such as audiences at ad platforms",
)
_UNSURE = "{file}: of {number} of his words, too short or too common, nobody can say whether they are his there"
_READ_AT_ONCE = 1 << 22
_NOT_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)


@app.command(name="erase")
def erase_shopper(
    shopper: Annotated[
        str, typer.Argument(help="His id; '-' reads it from standard input, out of the shell's history.")
    ],
    store: Annotated[Path | None, typer.Option(help=f"The store; {PREFIX}STORE unless given.", dir_okay=False)] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(help="Output of score, export, log, or a folder of such; may be given several times."),
    ] = None,
    cache: Annotated[
        str | None, typer.Option(help="Cache of score, removed as a whole; the usual one unless given, or `none`.")
    ] = None,
) -> None:
    """Remove a shopper from the store and the files named; a receipt in JSON says what was searched and removed.

    He is looked for by his id and, where PURCHASE_AGENT_HASH_KEY is set, by his pseudonym, and by the hashes of his
    e-mail address or phone number. Killed at any moment every file is the old or the new one: run it again.
    A file that cannot be searched stops nothing: the receipt names it, and the exit status is 3; so where short words
    of his stand in one that may be anybody's: the receipt counts them.
    """
    settings = load_settings()
    shopper_id = sys.stdin.readline().rstrip("\n") if shopper == "-" else shopper
    path = store or settings.store
    if not shopper_id:
        raise wrong("no id was given")
    if path is None and not out:
        raise wrong("give --store S or --out FILE")
    key = settings.hash_key.get_secret_value() if settings.hash_key is not None else None
    names, searched = _names(shopper_id, key)
    given = out or []
    files = list(_files(given))
    receipt: dict[str, Any] = {"shopper": _told(shopper_id, key), "at": datetime.now(UTC), "searched_for": searched}
    if path is None:
        trace = Trace(names)
        cleaned, failed = _clean(given, files, trace, receipt)
    else:
        with Erasure(path, names, pieces) as erasure:
            trace = Trace(names, erasure.words, erasure.parts)
            cleaned, failed = _clean(given, files, trace, receipt)
            erasure.carry_out()
        receipt["store"] = {
            "file": str(path), "rows_removed": erasure.rows, "sha256_before": erasure.before,
            "sha256_after": erasure.after,
        }  # fmt: skip
    receipt["cache_removed"] = _remove_cache(cache)
    other = [str(one) for one in _other_files(given, path)]
    receipt["not_told_apart"] = len({word for one in cleaned for word in one.unsure})
    unsure = [_UNSURE.format(file=one.path, number=len(one.unsure)) for one in cleaned if one.unsure]
    receipt["not_searched"] = [*_NOT_OURS, *failed, *unsure, *other]
    looked = [one.path for one in cleaned]
    found = [one for one in looked if one.is_file() and _holds(one, trace)]
    # Of the store his names only: the rows of others in it are their words, and names of goods.
    ours = [path, Path(f"{path}.wal")] if path is not None else []
    found += [one for one in ours if one.is_file() and _holds(one, Trace(names))]
    receipt["still_found_in"] = [str(one) for one in found]
    sys.stdout.write(json.dumps(receipt, indent=2, ensure_ascii=False, default=str) + "\n")
    _say(receipt, cleaned)
    raise typer.Exit(FAILED if receipt["still_found_in"] else PARTIAL if failed or unsure else DONE)


def _clean(
    given: Sequence[Path], files: Sequence[Path], trace: Trace, receipt: dict[str, Any]
) -> tuple[list[Cleaned], list[str]]:
    """Takes him out of the files and writes down what was done; also tells which could not be searched, and why.

    One that cannot be must not keep him in all the others.
    """
    receipt["unfinished_runs_removed"] = [str(one) for one in _remove_unfinished(given)]
    cleaned: list[Cleaned] = []
    failed: list[str] = []
    for file in files:
        try:
            cleaned.append(clean_file(file, trace))
        except InputError as error:
            cause = error.__cause__
            if isinstance(cause, OSError) and cause.errno in _NOT_WRITTEN and os.access(file, os.R_OK):
                raise  # to be mended while the store still knows his words
            failed.append(error.message)
    receipt["files"] = [_of(one) for one in cleaned]
    return cleaned, failed


def _names(shopper_id: str, key: str | None) -> tuple[list[str], list[str]]:
    """What he may stand under, and what that is in words."""
    names, searched = [shopper_id], ["id"]
    if key is not None:
        names.append(pseudonym(shopper_id, key))
        searched.append("pseudonym (HMAC-SHA-256 by the key that is set)")
    ways = (naming("sha256", platform="google"), naming("sha256", platform="meta"))
    hashed = {one for way in ways for one in (way(shopper_id) or {}).values()}
    if hashed:
        names += sorted(hashed)
        searched.append("SHA-256 of the e-mail address or phone number")
    return names, searched


def _told(shopper_id: str, key: str | None) -> dict[str, str]:
    """Who it was, so that only who knows the id (and the key) can tell."""
    if key is not None:
        return {"pseudonym": pseudonym(shopper_id, key)}
    return {"sha256": hashlib.sha256(shopper_id.encode("utf-8", "surrogatepass")).hexdigest()}


def _files(given: Sequence[Path]) -> Iterator[Path]:
    """The files that were named, those that were written beside them, and all of a folder that can be searched."""
    seen: set[Path] = set()
    for one in given:
        if one.is_dir():
            some = [file for file in sorted(one.rglob("*")) if _searched(file, one)]
        elif one.is_file():
            beside = (Path(f"{one}.rejected.jsonl"), holdout_file(one), about_file(one))
            some = [one, *(file for file in beside if file.is_file())]
        elif WorkFolder(one).path.is_dir():
            some = []  # a run that has not got to its output
        else:
            raise InputError(f"there is no file {printable(str(one))}", hint="check the path", field="file")
        yield from (file for file in some if file not in seen)
        seen.update(some)


def _searched(file: Path, folder: Path) -> bool:
    """Whether a file of a folder can be searched; the work of an unfinished run is removed instead."""
    at_work = any(part.endswith(".work") for part in file.relative_to(folder).parts)
    return file.is_file() and not at_work and (file.suffix.lower() in FORMS or is_parquet(file))


def _other_files(given: Sequence[Path], store: Path | None) -> Iterator[Path]:
    """What else lies in the folders that were named; the store has been seen to."""
    ours = {store.resolve(), Path(f"{store.resolve()}.wal")} if store is not None else set()
    for folder in given:
        if folder.is_dir():
            some = (file for file in sorted(folder.rglob("*")) if file.is_file() and not _searched(file, folder))
            yield from (file for file in some if file.resolve() not in ours)


def _remove_unfinished(given: Sequence[Path]) -> Iterator[Path]:
    """What runs left that were not finished: rows of all shoppers, which the next run reads anew."""
    found = [WorkFolder(one) for one in given if not one.is_dir()]
    for folder in given:
        if folder.is_dir():
            found += [WorkFolder(work.with_suffix("")) for work in sorted(folder.rglob("*.work")) if work.is_dir()]
    for one in found:
        if one.path.is_dir():
            with one.locked():
                one.remove()
            yield one.path


def _remove_cache(cache: str | None) -> list[str]:
    """What score remembers between runs, by digests of what was read: nobody can be picked out of it, so all goes."""
    if cache == "none":
        return []
    base = os.environ.get("XDG_CACHE_HOME", "").strip()
    folder = Path(cache) if cache else (Path(base) if base else Path.home() / ".cache") / "purchase-agent"
    removed = []
    for file in all_files(folder):
        file.unlink()
        removed.append(str(file))
    return removed


def _of(one: Cleaned) -> dict[str, Any]:
    return {
        "file": str(one.path), "form": one.form, "rows_removed": one.rows, "values_removed": one.values,
        "sha256_before": one.before, "sha256_after": one.after,
    }  # fmt: skip


def _holds(path: Path, trace: Trace) -> bool:
    """Whether a name, or a longer piece of his words, is among the bytes of a file."""
    # A sign as JSON within JSON escapes it, at most.
    longest, kept = 16 * max(map(len, (*trace.names, *trace.words))) + 16, b""
    with path.open("rb") as file:
        while some := file.read(_READ_AT_ONCE):
            some = kept + some
            if trace.in_bytes(some) or trace.words_in_bytes(some):
                return True
            kept = some[-longest:]
    return False


def _say(receipt: dict[str, Any], cleaned: Sequence[Cleaned]) -> None:
    rows = sum(receipt.get("store", {}).get("rows_removed", {}).values())
    lines = sum(one.rows + one.values for one in cleaned)
    words = [f"{rows} rows removed from the store, {lines} from {len(cleaned)} files"]
    words += [f"still found in {one}" for one in receipt["still_found_in"]]
    words += [f"not searched: {one}" for one in receipt["not_searched"][len(_NOT_OURS) :]]
    words += ["not searched: " + "; ".join(_NOT_OURS)]
    sys.stderr.write("".join(f"{printable(line)}\n" for line in words))
