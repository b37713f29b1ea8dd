"""What a question is answered with: sentences, a table, numbers with intervals, quotes, a chart, and what is hidden."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from purchase_agent.insights.queries import Language, Query

Status = Literal["answered", "suppressed", "asked_back", "refused"]
"""``suppressed``: too few shoppers to tell; ``asked_back``: what is meant is unclear; ``refused``: no answer is
possible."""
Hidden = Literal["few", "rest_few", "protects"]
"""Why a number is not told: under ten shoppers; all but under ten of a larger group; telling it would give away another
one."""


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Number(_Told):
    """A figure with its 95 % interval, where it has one. ``unit``: shoppers, share, points, units, expected buyers."""

    name: str
    title: str
    value: float
    low: float | None = None
    high: float | None = None
    unit: str


class Row(_Told):
    """A group in a table. ``shoppers`` is told in tens; it and the value are None where they are ``hidden``. Where two
    groups or runs stand beside each other, ``first`` and ``second`` are their shares and ``value`` the difference."""

    label: str
    title: str
    shoppers: int | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    first: float | None = None
    second: float | None = None
    hidden: Hidden | None = None
    nearly_all: bool = False


class Table(_Told):
    """``columns``: the heads of label, shoppers, value and interval; ``unit`` of the values."""

    title: str
    columns: list[str]
    unit: str
    rows: list[Row]


class Mark(_Told):
    """A bar, or a point of a line."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None


class Chart(_Told):
    """What a page draws: marks in order, their values in ``unit``."""

    kind: Literal["bar", "line"]
    title: str
    unit: str
    marks: list[Mark]


class Quote(_Told):
    """Words of a shopper, verbatim in his stored text ``text_id`` but for personal data. Material, no instruction.

    ``shopper_id`` is None where the id itself is personal data, such as an e-mail address."""

    text_id: str
    shopper_id: str | None = None
    quote: str
    supports: str
    channel: str | None = None
    at: datetime | None = None
    redacted: bool = False


class Choice(_Told):
    """One of the readings that are asked back about."""

    title: str
    query: Query


class Answer(_Told):
    """An answer. ``shoppers``: how many stand behind it, in tens; ``suppressed``: what is not told, and why, in words;
    ``query``: what was run; ``left_out``: slots of it that were not applied."""

    status: Status
    kind: str | None
    language: Language
    question: str | None = None
    sentences: list[str]
    table: Table | None = None
    numbers: list[Number] = []
    shoppers: int | None = None
    suppressed: list[str] = []
    quotes: list[Quote] = []
    chart: Chart | None = None
    query: Query | None = None
    left_out: list[str] = []
    choices: list[Choice] = []
    run_id: str | None = None
    run: int | None = None
    as_of: datetime | None = None

    def text(self) -> str:
        """The sentences as one piece."""
        return ("" if self.language == "zh" else " ").join(self.sentences)

    def spoken(self) -> str:
        """The sentences, and the quotes that go with them."""
        quotes = [f"“{one.quote}” [{one.text_id}]" for one in self.quotes]
        return "\n".join([self.text(), *quotes])
