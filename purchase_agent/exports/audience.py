"""Whom to address: shoppers likely to buy within some days who allow marketing, with a random part held out.

The held-out shoppers go into a file of their own, so that the other can be uploaded as it is; who is held out follows
from his id and the seed alone, so that a later export keeps the groups. One address written differently is one person,
in one group; hashed, he stands there once, and not at all where one of his ids allows no marketing. A third file says
how both were made, and ``lift`` reads it.

Consent is that of the newest finished run in which a shopper stands, whatever run is asked for: who has refused since,
marketing or analysis, is not addressed.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from purchase_agent.clean import printable
from purchase_agent.errors import InputError
from purchase_agent.exports import sensitive
from purchase_agent.exports.identifiers import COLUMNS, Hash, Named, Platform, naming, person
from purchase_agent.exports.runs import Finished, chosen_run
from purchase_agent.exports.table import write_json, write_table
from purchase_agent.labels import HORIZONS, MOTIVATIONS
from purchase_agent.store import Reader
from purchase_agent.store.consent import allowed_since

LIKELY = 0.5
"""Chance of a purchase from which on a shopper is ready, unless told otherwise."""
HELD_OUT = 0.1
_ABOUT = {"chance": "number", "motivation": "list", "categories": "list", "language": "text", "expected_date": "date"}
_COLUMNS = (
    "p.shopper_id, p.chance, p.motivation, p.categories, p.items, p.target_id, p.language, p.expected_date,"
    " coalesce(t.told, 0) AS told, coalesce(t.wrote, 0) AS wrote"
)
_WROTE = (
    "SELECT shopper_id, count(*) AS wrote, count(*) FILTER (regexp_matches(words, ?)) AS told FROM ("
    "SELECT shopper_id, text AS words, texts.at AS moment FROM texts WHERE role = 'shopper' UNION ALL"
    " SELECT shopper_id, query, events.at FROM events WHERE query IS NOT NULL)"
    " WHERE moment >= ?::TIMESTAMP - INTERVAL 90 DAY GROUP BY shopper_id"
)
_SINCE = allowed_since("?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is wanted and how he is named.

    Attributes:
        days: horizon of the chance, one of 1, 7, 30, 90.
        at_least: chance from which on; ``top``: the share of the likeliest instead.
        motivation, category, item, language: each only those, where given.
        include_sensitive: use and tell what implies health or a birth, too: see ``sensitive``.
        holdout: share held out; ``seed`` with the id decides who.
    """

    days: int = 7
    at_least: float | None = None
    top: float | None = None
    motivation: str | None = None
    category: str | None = None
    item: str | None = None
    language: str | None = None
    include_sensitive: bool = False
    holdout: float = HELD_OUT
    seed: int = 0
    hash: Hash = "none"
    platform: Platform = "google"


@dataclass(slots=True)
class Made:
    """What was written.

    Attributes:
        not_named: shoppers left out because their id is no e-mail address or phone number.
        repeated: ids left out because their address stands there already, or another id with it refused.
    """

    run: Finished
    treated: int = 0
    held_out: int = 0
    no_consent: int = 0
    sensitive: int = 0
    not_named: int = 0
    repeated: int = 0


def export_audience(
    reader: Reader, out: Path, wanted: Wanted, *, run: str | None = None, key: str | None = None
) -> Made:
    """Writes the audience to ``out``, the held-out to ``holdout_file`` and how they were made to ``about_file``.

    Raises:
        InputError: there is no such run, a filter makes no sense or asks for what is left out, or a file cannot be
            written.
        SettingsError: pseudonyms are asked for and no key is set.
    """
    check(wanted)
    named = naming(wanted.hash, key=key, platform=wanted.platform)
    made = Made(chosen_run(reader, run))
    made.no_consent = _refused(reader, made.run, wanted)
    kept = _kept(reader, made, wanted)
    columns = dict.fromkeys(COLUMNS[wanted.hash], "text") | (_ABOUT if wanted.hash != "sha256" else {})
    people = wanted.hash == "none"
    made.treated = write_table(
        out, columns, _rows(reader, made, wanted, named, kept, held_out=False), for_people=people
    )
    if wanted.holdout > 0:
        made.held_out = write_table(
            holdout_file(out), columns, _rows(reader, made, wanted, named, kept, held_out=True), for_people=people
        )
    write_json(about_file(out), _about(out, made, wanted))
    return made


def holdout_file(out: Path) -> Path:
    """Where the held-out shoppers stand."""
    return out.with_name(f"{out.stem}.holdout{out.suffix}")


def about_file(out: Path) -> Path:
    """Where it stands how an audience was made."""
    return out.with_name(f"{out.name}.about.json")


def is_held_out(shopper_id: str, share: float, seed: int) -> bool:
    """Whether a shopper is held out; the same for the same id, share and seed, and a larger share keeps who was.

    One address written differently is drawn once, so that the groups are the same however ids are written or hashed.
    """
    drawn = hashlib.sha256(f"{seed}:{person(shopper_id)}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(drawn[:8], "big") < share * 2**64


def check(wanted: Wanted) -> None:
    """Refuses who cannot be looked for.

    Raises:
        InputError: names the field of ``Wanted``.
    """
    if wanted.days not in HORIZONS:
        hint = f"one of {', '.join(map(str, HORIZONS))}"
        raise InputError(f"no chance is known for {wanted.days} days", hint=hint, field="days")
    if wanted.at_least is not None and wanted.top is not None:
        raise InputError("a least chance and a top share", hint="give one of them", field="top")
    if wanted.motivation is not None and wanted.motivation not in MOTIVATIONS:
        hint = f"one of {', '.join(MOTIVATIONS)}"
        raise InputError(f"no motivation {printable(wanted.motivation)[:40]}", hint=hint, field="motivation")
    telling = {
        "motivation": wanted.motivation == sensitive.MOTIVATION,
        "category": sensitive.tells(wanted.category),
        "item": sensitive.tells(wanted.item),
    }
    if any(telling.values()) and not wanted.include_sensitive:
        raise InputError(
            "an audience chosen by what implies health or the birth of a child",
            hint="where the law and your shoppers allow it, the command line's option include-sensitive does it",
            field=next(name for name, told in telling.items() if told),
        )


def _filter(wanted: Wanted, run: Finished) -> tuple[str, list[Any]]:
    """Rows of the run that match, before consent."""
    where, values = ["run_id = ?", "status = 'ok'"], [run.run_id]
    for column, value in (("categories", wanted.category), ("items", wanted.item)):
        if value is not None:
            where.append(f"list_contains({column}, ?)")
            values.append(value)
    if wanted.motivation is not None:
        where.append("list_contains(motivation, ?)")
        values.append(wanted.motivation)
    if wanted.language is not None:
        where.append("language = ?")
        values.append(wanted.language)
    return " AND ".join(where), values


def _refused(reader: Reader, run: Finished, wanted: Wanted) -> int:
    where, values = _filter(wanted, run)
    sql = (
        f"SELECT count(*) AS n FROM predictions LEFT JOIN ({_SINCE}) USING (shopper_id)"  # noqa: S608
        f" WHERE {where} AND NOT coalesce(allowed, marketing)"
    )
    (row,) = reader.rows(sql, [run.number, *values])
    return int(row["n"])


def _named_refusals(reader: Reader, run: Finished, named: Named) -> set[tuple[str, ...]]:
    """The names of all who refused: another id of the same name must not address them."""
    refused: set[tuple[str, ...]] = set()
    sql = f"SELECT shopper_id FROM ({_SINCE}) WHERE NOT allowed"  # noqa: S608
    for part in reader.parts(sql, [run.number - 1]):
        refused.update(tuple((named(row["shopper_id"]) or {}).values()) for row in part)
    return refused


def _candidates(reader: Reader, run: Finished, wanted: Wanted, at_least: float) -> Iterator[dict[str, Any]]:
    """Shoppers who match and allow marketing, with how many texts of the last 90 days tell health or birth."""
    where, values = _filter(wanted, run)
    sql = (
        f"WITH p AS (SELECT *, p_buy_{wanted.days} AS chance FROM predictions LEFT JOIN ({_SINCE}) USING (shopper_id)"  # noqa: S608
        f" WHERE {where} AND coalesce(allowed, marketing) AND p_buy_{wanted.days} >= ?), t AS ({_WROTE})"
        f" SELECT {_COLUMNS} FROM p LEFT JOIN t USING (shopper_id)"
    )
    for part in reader.parts(sql, [run.number, *values, at_least, sensitive.PATTERN, run.as_of]):
        yield from part


def _telling(row: dict[str, Any]) -> bool:
    """Whether being in the audience would tell: the target, or all that was lately seen of him, is sensitive."""
    categories = [sensitive.tells(name) for name in row["categories"] or []]
    items = [sensitive.tells(name) for name in row["items"] or []]
    if sensitive.tells(row["target_id"]) or (categories and all(categories)) or (items and all(items)):
        return True
    return not categories and not items and 0 < row["told"] == row["wrote"]


def _kept(reader: Reader, made: Made, wanted: Wanted) -> Callable[[float], bool]:
    """Which chances are in, of a top share those equal to the last, too; counts the shoppers left out."""
    if wanted.top is None:
        least = LIKELY if wanted.at_least is None else wanted.at_least
        made.sensitive = sum(_left_out(row, wanted) for row in _candidates(reader, made.run, wanted, least))
        return lambda chance: chance >= least
    chances = array("d")
    for row in _candidates(reader, made.run, wanted, 0.0):
        if _left_out(row, wanted):
            made.sensitive += 1
        else:
            chances.append(row["chance"])
    number = round(wanted.top * len(chances))
    if number == 0:
        return lambda _: False
    least = sorted(chances, reverse=True)[number - 1]
    return lambda chance: chance >= least


def _left_out(row: dict[str, Any], wanted: Wanted) -> bool:
    """Also where he matches only by a motivation that may not be told of him."""
    if wanted.include_sensitive:
        return False
    told = wanted.motivation is None or wanted.motivation in sensitive.harmless(
        row["motivation"], wrote=row["told"] > 0
    )
    return not told or _telling(row)


def _rows(
    reader: Reader, made: Made, wanted: Wanted, named: Named, kept: Callable[[float], bool], *, held_out: bool
) -> Iterator[dict[str, Any]]:
    least = LIKELY if wanted.at_least is None else wanted.at_least
    # Hashes of several ids may be one; ids and their pseudonyms never are.
    given = _named_refusals(reader, made.run, named) if wanted.hash == "sha256" else None
    for row in _candidates(reader, made.run, wanted, 0.0 if wanted.top is not None else least):
        shopper_id = row["shopper_id"]
        if not kept(row["chance"]) or _left_out(row, wanted):
            continue
        if is_held_out(shopper_id, wanted.holdout, wanted.seed) != held_out:
            continue
        names = named(shopper_id)
        if names is None:
            made.not_named += 1
            continue
        if given is not None:
            name = tuple(names.values())
            if name in given:
                made.repeated += 1
                continue
            given.add(name)
        yield names | _told(row, wanted)


def _told(row: dict[str, Any], wanted: Wanted) -> dict[str, Any]:
    """What stands beside the name."""
    motivation: Sequence[str] = row["motivation"] or []
    categories: Sequence[str] = row["categories"] or []
    if not wanted.include_sensitive:
        motivation = sensitive.harmless(motivation, wrote=row["told"] > 0)
        categories = [name for name in categories if not sensitive.tells(name)]
    return {
        "chance": row["chance"], "motivation": motivation, "categories": categories, "language": row["language"],
        "expected_date": row["expected_date"],
    }  # fmt: skip


def _about(out: Path, made: Made, wanted: Wanted) -> dict[str, Any]:
    return {
        "audience": out.name,
        "holdout": holdout_file(out).name if wanted.holdout > 0 else None,
        "run_id": made.run.run_id,
        "as_of": made.run.as_of,
        "asked": asdict(wanted),
        "treated": made.treated,
        "held_out": made.held_out,
        "without_marketing_consent": made.no_consent,
        "left_out_as_sensitive": made.sensitive,
        "left_out_without_address": made.not_named,
        "left_out_as_same_address": made.repeated,
    }
