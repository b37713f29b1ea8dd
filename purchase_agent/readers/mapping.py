"""A map: how the columns of a shop's export become our events. A YAML file, shipped or the user's own.

    format: my_shop
    columns: {shopper_id: customer, item_id: sku, price: amount}
    events:
      - type: {column: action, values: {buy: purchase}}
        time: {column: ts, unit: s}

A column is a name or several, of which the first filled one counts. ``a.b`` reads ``b`` inside the object ``a``, and
in a list of ``{key, value}`` pairs (GA4's parameters) the value whose key is ``b``. One row makes an event for each
entry of ``events`` whose time is filled and whose conditions hold, so that one order is a purchase and later a refund.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from purchase_agent.errors import InputError
from purchase_agent.event_types import OTHER
from purchase_agent.labels import ACTIONS

MAX_MAP_BYTES = 64 * 1024
_HINT = "`purchase-agent inspect FILE` drafts a map"
_FORMS = frozenset({"Types", "function-after[_known_type(), str]"})  # what pydantic adds to the place of an error
UNITS = ("iso", "s", "ms", "us", "ns", "days")
"""ISO 8601, or a number since 1970 in this unit; the unit of a number is always told, never guessed."""

Target = Literal[
    "shopper_id", "order_id", "id", "item_id", "category", "query", "price", "currency", "quantity"
]  # fmt: skip
Name = Annotated[str, Field(min_length=1, max_length=200)]


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _text_keys(value: object) -> object:
    """YAML reads the key ``0`` as a number; what a column holds is compared as text."""
    if not isinstance(value, dict):
        return value
    return {str(key) if isinstance(key, int) and not isinstance(key, bool) else key: it for key, it in value.items()}


Names = Annotated[tuple[Name, ...], BeforeValidator(_several), Field(strict=False)]
Column = Names
"""One column, or several of which the first filled one counts."""


def _known_type(name: str) -> str:
    if name not in ACTIONS and not (name.startswith(OTHER) and len(name) > len(OTHER)):
        raise ValueError(f"not one of our actions ({', '.join(ACTIONS)}) and not {OTHER}<name>")
    return name


EventType = Annotated[str, AfterValidator(_known_type)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Times(_Part):
    """Where an event's time stands. ``zone`` is that of times which name none; without it they are taken as UTC."""

    column: Column
    unit: Names = ("iso",)
    zone: Name | None = None

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, units: tuple[str, ...]) -> tuple[str, ...]:
        for unit in units:
            if unit not in UNITS and "%" not in unit:
                raise ValueError(f"a unit is one of {', '.join(UNITS)}, or a format such as %Y-%m-%d %H:%M")
        if len(units) > 1 and set(units) & set(UNITS[1:]):
            raise ValueError("a number has one unit: give it alone")
        return units

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str | None) -> str | None:
        if zone is not None:
            try:
                ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError, OSError) as error:
                raise ValueError("not an IANA time zone such as Asia/Shanghai") from error
        return zone


class Types(_Part):
    """Where an event's type stands, and our name for each of its values; others go through the table of names."""

    column: Column
    values: Annotated[dict[str, EventType], BeforeValidator(_text_keys)] = {}


class Condition(_Part):
    """Holds where the column has one of these values, or begins with one; with neither, where it is filled."""

    column: Column
    equals: Names = ()
    starts_with: Names = ()


class EventRule(_Part):
    """One event that a row can make. ``columns`` stand over the map's own; an empty list takes one away."""

    type: EventType | Types
    time: Times
    when: Condition | None = None
    unless: Condition | None = None
    columns: dict[Target, Column] = {}


class Numbers(_Part):
    """How numbers are written. ``text``: also where the file has types (a JSON export with prices in quotes)."""

    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    text: bool = False

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands are the same sign")
        return self


class Each(_Part):
    """A list inside a row, such as the items of an order, read as ``each.<name>``.

    An event of a type in ``split`` is made once for each element; any other has ``each`` only where there is just one.
    """

    path: Name
    split: Annotated[tuple[EventType, ...], Field(strict=False)] = ()


class FillDown(_Part):
    """A row with the same ``key`` as the row before takes from it what it leaves empty (orders over several lines)."""

    key: Name
    columns: Names


class MapFile(_Part):
    """A map. ``recognise``: a file with all of these columns (each one name, or one of several) is of this format.

    ``names``: columns of a CSV without a header line. ``empty``: texts that stand for nothing. ``float_ids``: whole
    numbers such as 12583.0 are ids (what pandas writes for a column with gaps). ``price_is`` total: of all pieces.
    """

    format: Name
    about: str = ""
    recognise: Annotated[tuple[Names, ...], BeforeValidator(_several), Field(strict=False)] = ()
    names: Names = ()
    columns: dict[Target, Column]
    constants: dict[Literal["currency", "category"], Name] = {}
    events: Annotated[tuple[EventRule, ...], Field(min_length=1, strict=False)]
    numbers: Numbers = Numbers()
    price_is: Literal["unit", "total"] = "unit"
    float_ids: bool = False
    each: Each | None = None
    fill_down: FillDown | None = None
    empty: Names = ()
    extra: Literal["ignore", "refuse"] = "ignore"

    @model_validator(mode="after")
    def _a_shopper(self) -> Self:
        if not {"shopper_id", "order_id"} & self.columns.keys():
            raise ValueError("columns need shopper_id, or order_id together with --ids")
        return self


class _Loader(yaml.SafeLoader):
    """Plain YAML: a key twice in one mapping is an error, and so are aliases, which can blow a small file up."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not read", problem_mark=self.get_mark())
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 -- as in yaml
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                problem = "a key that stands twice, or is no word"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def load_map(source: Path | str) -> MapFile:
    """A map from a YAML file, or a shipped one by its name.

    Raises:
        InputError: no such file or map, or what in it cannot be used.
    """
    if str(source) in shipped():
        return shipped()[str(source)]
    path = Path(source)
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_MAP_BYTES + 1)
    except OSError as error:
        hint = f"give a YAML file, or one of {', '.join(shipped())}"
        raise InputError(f"cannot read the map {path}: {error.strerror}", hint=hint, field="file") from error
    if len(raw) > MAX_MAP_BYTES:
        raise InputError(f"{path} is no map: more than {MAX_MAP_BYTES} bytes", hint="give a YAML map", field="map")
    return parse_map(raw, str(path))


def parse_map(raw: bytes, name: str) -> MapFile:
    """A map from the bytes of a YAML file; ``name`` is for the error."""
    try:
        return MapFile.model_validate(yaml.load(raw, _Loader))  # noqa: S506 -- a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        message = f"{name} is not YAML that is read here: {' '.join(str(error).split())[:300]}"
        raise InputError(message, hint=_HINT, field="map") from error
    except ValidationError as error:
        # Of the forms that a part can have, the one that fits furthest tells best what is wrong.
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        told = max(problems, key=lambda problem: len(problem["loc"]))
        place = ".".join(str(part) for part in told["loc"] if part not in _FORMS) or "the map"
        reason = "unknown field" if told["type"] == "extra_forbidden" else told["msg"].removeprefix("Value error, ")
        raise InputError(f"{name}: {place}: {reason}", hint=_HINT, field=place) from error


def dump_map(mapping: MapFile) -> str:
    """The map as YAML, as ``load_map`` reads it; only what is set."""
    plain = mapping.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(_short(plain), allow_unicode=True, sort_keys=False, default_flow_style=None, width=110)


@cache
def shipped() -> dict[str, MapFile]:
    """Name -> map, of all maps that come with the package."""
    folder = files("purchase_agent.readers") / "maps"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name)
    return {entry.name.removesuffix(".yaml"): parse_map(entry.read_bytes(), entry.name) for entry in found}


def _short(value: Any) -> Any:
    """One name instead of a list of one, where a list is not asked for."""
    if isinstance(value, dict):
        return {key: item if key == "split" else _short(item) for key, item in value.items()}
    if isinstance(value, list):
        inner = [_short(item) for item in value]
        return inner[0] if len(inner) == 1 and isinstance(value[0], str) else inner
    return value
