"""The audience of a store as a ZIP file: whom to address, who is held out, and how both were made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from zipfile import ZIP_DEFLATED, ZipFile

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from purchase_agent.errors import InputError
from purchase_agent.exports.audience import HELD_OUT, Wanted, about_file, check, export_audience, holdout_file
from purchase_agent.exports.identifiers import Hash, Platform
from purchase_agent.labels import HORIZONS
from purchase_agent.store import Reader

NAME = "audience.csv"
COUNTED = ("treated", "held_out", "no_consent", "sensitive", "not_named", "repeated")
"""What is told of how an audience was made: as the command line tells it."""


class Asked(BaseModel):
    """Who is wanted, as ``exports.audience.Wanted`` has it; from the query of an address."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    days: int = Field(7, json_schema_extra={"enum": list(HORIZONS)})
    at_least: float | None = Field(None, ge=0, le=1)
    top: float | None = Field(None, ge=0, le=1)
    motivation: str | None = Field(None, max_length=40)
    category: str | None = Field(None, max_length=256)
    item: str | None = Field(None, max_length=256)
    language: str | None = Field(None, max_length=16)
    holdout: float = Field(HELD_OUT, ge=0, le=0.5)
    seed: int = Field(0, ge=0, le=2**31)
    hash: Hash = "none"
    platform: Platform = "google"


@dataclass(frozen=True, slots=True)
class Packed:
    """A file in a folder of its own, which ``remove`` deletes; ``counts`` says how many are in it or left out."""

    file: Path
    counts: str

    def remove(self) -> None:
        """Deletes it."""
        shutil.rmtree(self.file.parent, ignore_errors=True)


def read_asked(given: Mapping[str, str]) -> Wanted:
    """What the query of an address asks for.

    Raises:
        InputError: a name is unknown or a value cannot be used.
    """
    try:
        wanted = Wanted(**Asked.model_validate(given).model_dump())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = str(first["loc"][0])[:40] if first["loc"] else ""
        raise InputError(f"{field}: {first['msg']}", hint="see /docs", field=field) from error
    check(wanted)
    return wanted


def packed_audience(store: Path, wanted: Wanted, key: str | None) -> Packed:
    """The audience of a store's newest run.

    Raises:
        InputError: a filter makes no sense, or asks for what is left out.
        StoreError: the store cannot be read.
    """
    folder = Path(mkdtemp(prefix="purchase-agent-"))
    try:
        out = folder / NAME
        with Reader(store) as reader:
            made = export_audience(reader, out, wanted, key=key)
        parts = [one for one in (out, holdout_file(out), about_file(out)) if one.exists()]
        with ZipFile(folder / "audience.zip", "w", ZIP_DEFLATED) as archive:
            for one in parts:
                archive.write(one, one.name)
                one.unlink()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Packed(folder / "audience.zip", json.dumps({name: getattr(made, name) for name in COUNTED}))
