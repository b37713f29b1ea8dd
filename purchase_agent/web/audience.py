"""The audience of a store as a ZIP file: whom to address, who is held out, and how both were made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated
from zipfile import ZIP_DEFLATED, ZipFile

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo

from purchase_agent.errors import InputError
from purchase_agent.exports import sensitive
from purchase_agent.exports.audience import HELD_OUT, Wanted, about_file, export_audience, holdout_file
from purchase_agent.exports.identifiers import Hash, Platform
from purchase_agent.labels import HORIZONS, MOTIVATIONS
from purchase_agent.store import Reader

NAME = "audience.csv"
COUNTED = ("treated", "held_out", "no_consent", "sensitive", "not_named", "repeated")
"""What is told of how an audience was made: as the command line tells it."""
_SENSITIVE = "it implies health or the birth of a child, which is told at the command line only"


# As exports.audience checks them; here, so that a refusal names the parameter.
def _horizon(days: int) -> int:
    if days not in HORIZONS:
        raise ValueError(f"no chance is known for {days} days, but for {', '.join(map(str, HORIZONS))}")
    return days


def _alone(top: float | None, given: ValidationInfo) -> float | None:
    if top is not None and given.data.get("at_least") is not None:
        raise ValueError("at_least is given, too: give one of them")
    return top


def _motivation(name: str | None) -> str | None:
    if name is not None and name not in MOTIVATIONS:
        raise ValueError(f"there is no such one, but {', '.join(MOTIVATIONS)}")
    if name == sensitive.MOTIVATION:
        raise ValueError(_SENSITIVE)
    return name


def _harmless(name: str | None) -> str | None:
    if sensitive.tells(name):
        raise ValueError(_SENSITIVE)
    return name


class Asked(BaseModel):
    """Who is wanted, as ``exports.audience.Wanted`` has it; from the query of an address."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    days: Annotated[int, AfterValidator(_horizon), Field(json_schema_extra={"enum": list(HORIZONS)})] = 7
    at_least: float | None = Field(None, ge=0, le=1)
    top: Annotated[float | None, AfterValidator(_alone)] = Field(None, ge=0, le=1)
    motivation: Annotated[str | None, AfterValidator(_motivation)] = Field(None, max_length=40)
    category: Annotated[str | None, AfterValidator(_harmless)] = Field(None, max_length=256)
    item: Annotated[str | None, AfterValidator(_harmless)] = Field(None, max_length=256)
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
        return Wanted(**Asked.model_validate(given).model_dump())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = str(first["loc"][0])[:40] if first["loc"] else ""
        message = first["msg"].removeprefix("Value error, ")
        raise InputError(f"{field}: {message}", hint="see /docs", field=field) from error


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
