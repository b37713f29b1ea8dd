import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from purchase_agent.errors import InputError
from purchase_agent.evidence import Shopper
from purchase_agent.exports.audience import Wanted, export_audience, holdout_file, is_held_out
from purchase_agent.exports.lift import lift
from purchase_agent.store import Reader, Scored, Store, pseudonym
from tests.conftest import Ended
from tests.store_samples import AS_OF, MODELS, predicted, sample_store

KEY = "0123456789abcdef-key"
ABOUT: dict[str, Any] = {"engine": "local", "evidence": "fast", "models": MODELS, "source": "x"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_store(tmp_path_factory.mktemp("store") / "s.duckdb", shoppers=400, runs=1)


@pytest.fixture
def reader(store: Path) -> Iterator[Reader]:
    with Reader(store) as made:
        yield made


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def ids(path: Path, column: str = "shopper_id") -> set[str]:
    return {row[column] for row in rows(path)}


def made_store(path: Path, some: Sequence[tuple[dict[str, Any], dict[str, Any]]], name: str = "r1") -> Path:
    """A store of shoppers given as (fields, arguments of ``predicted``)."""
    with Store(path, write=True) as store:
        run = store.begin(**ABOUT, run_id=name)
        for fields, told in some:
            shopper = Shopper.model_validate({"texts": [], **fields})
            run.add([Scored(shopper, predicted(shopper.shopper_id, fields.get("as_of", AS_OF), **told))])
        run.finish()
    return path


def test_only_who_allows_marketing_is_in_it(reader: Reader, tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    made = export_audience(reader, out, Wanted(days=30, at_least=0.0))
    everybody = ids(out) | ids(holdout_file(out))
    found = {row["shopper_id"]: row for row in reader.rows("SELECT * FROM predictions")}
    assert everybody
    assert all(found[name]["marketing"] and found[name]["status"] == "ok" for name in everybody)
    assert made.no_consent == sum(row["status"] == "ok" and not row["marketing"] for row in found.values()) > 0
    eligible = {name for name, row in found.items() if row["marketing"] and row["status"] == "ok"}
    assert len(eligible - everybody) == made.sensitive


def test_the_chance_decides(reader: Reader, tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    export_audience(reader, out, Wanted(days=7, at_least=0.4, holdout=0.0))
    assert rows(out)
    assert all(float(row["chance"]) >= 0.4 for row in rows(out))
    assert not holdout_file(out).exists()
    export_audience(reader, out, Wanted(days=7, top=0.2, holdout=0.0, include_sensitive=True))
    (row,) = reader.rows("SELECT count(*) AS n FROM predictions WHERE status = 'ok' AND marketing")
    assert row["n"] * 0.2 <= len(rows(out)) < row["n"] * 0.35
    least = min(float(row["chance"]) for row in rows(out))
    (row,) = reader.rows(
        "SELECT count(*) AS n FROM predictions WHERE status = 'ok' AND marketing AND p_buy_7 > ?", [least]
    )
    assert row["n"] < len(rows(out))


def test_filters(reader: Reader, tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl"
    for wanted, column in (
        (Wanted(30, 0.0, motivation="price_value"), "motivation"),
        (Wanted(30, 0.0, category="shoes"), "categories"),
    ):
        export_audience(reader, out, wanted)
        found = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
        assert found
        assert all({"price_value", "shoes"} & set(row[column]) for row in found)
    export_audience(reader, out, Wanted(30, 0.0, language="zh"))
    assert {json.loads(line)["language"] for line in out.read_text("utf-8").splitlines()} == {"zh"}


def test_health_and_birth_are_neither_told_nor_the_reason(tmp_path: Path) -> None:
    def person(name: str, text: str | None, *seen: str, **told: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        fields: dict[str, Any] = {"shopper_id": name, "texts": [{"text": text, "at": AS_OF}] if text else []}
        fields["events"] = [{"type": "view_item", "at": AS_OF, "category": one} for one in seen]
        if item := told.pop("item", None):
            fields["events"] = [{"type": "view_item", "at": AS_OF, "category": "toys", "item_id": item}]
        if query := told.pop("query", None):
            fields["events"].append({"type": "search", "at": AS_OF, "query": query})
        return fields, {"intent": "ready", **told}

    path = made_store(
        tmp_path / "s.duckdb",
        [
            person("plain", "nice shoes", "shoes", motivation=["gift"]),
            person("both", None, "shoes", "baby", motivation=["gift", "safety_health"]),
            person("niece", "shoes for my newborn niece", "shoes", motivation=["gift", "price_value"]),
            person("searched", None, "shoes", query="present for a newborn", motivation=["gift", "price_value"]),
            person("only baby", None, "baby"),
            person("target", None, "shoes", target=("item", "stroller-9")),
            person("wrote", "I am pregnant"),
            person("item", None, item="baby-monitor"),
        ],
    )
    with Reader(path) as reader:
        made = export_audience(reader, tmp_path / "a.jsonl", Wanted(30, holdout=0.0))
        found = {row["shopper_id"]: row for row in map(json.loads, (tmp_path / "a.jsonl").read_text().splitlines())}
        assert set(found) == {"plain", "both", "niece", "searched"}
        assert made.sensitive == 4
        assert found["plain"]["motivation"] == ["gift"]
        assert found["both"]["motivation"] == ["gift"]
        assert found["both"]["categories"] == ["shoes"]
        assert found["niece"]["motivation"] == found["searched"]["motivation"] == ["price_value"]
        export_audience(reader, tmp_path / "gift.jsonl", Wanted(30, motivation="gift", holdout=0.0))
        gifts = [json.loads(line)["shopper_id"] for line in (tmp_path / "gift.jsonl").read_text().splitlines()]
        assert set(gifts) == {"plain", "both"}
        export_audience(reader, tmp_path / "b.jsonl", Wanted(30, holdout=0.0, include_sensitive=True))
        every = {row["shopper_id"]: row for row in map(json.loads, (tmp_path / "b.jsonl").read_text().splitlines())}
        assert len(every) == 8
        assert every["both"]["motivation"] == ["gift", "safety_health"]
        for asked in (Wanted(motivation="safety_health"), Wanted(category="baby"), Wanted(item="维生素C")):
            with pytest.raises(InputError, match="health or the birth"):
                export_audience(reader, tmp_path / "c.csv", asked)


def test_the_held_out_are_the_same_at_each_export_and_about_as_many_as_asked() -> None:
    names = [f"c{number}" for number in range(4000)]
    tenth = {name for name in names if is_held_out(name, 0.1, 0)}
    assert 330 < len(tenth) < 470
    assert tenth < {name for name in names if is_held_out(name, 0.2, 0)}
    other = {name for name in names if is_held_out(name, 0.1, 1)}
    assert len(tenth & other) < 100
    assert not any(is_held_out(name, 0.0, 0) for name in names)


def test_groups_are_apart_and_stay_when_the_audience_is_made_again(reader: Reader, tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    export_audience(reader, first, Wanted(30, 0.3, holdout=0.5))
    export_audience(reader, second, Wanted(30, 0.0, holdout=0.5))
    assert ids(first)
    assert ids(holdout_file(first))
    assert not ids(first) & ids(holdout_file(first))
    assert ids(first) < ids(second)
    assert ids(holdout_file(first)) < ids(holdout_file(second))


def test_pseudonyms_and_hashes_have_the_same_groups(reader: Reader, tmp_path: Path) -> None:
    plain, keyed, hashed = (tmp_path / name for name in ("plain.csv", "keyed.csv", "hashed.csv"))
    asked: dict[str, Any] = {"days": 30, "at_least": 0.0, "holdout": 0.3}
    export_audience(reader, plain, Wanted(**asked))
    export_audience(reader, keyed, Wanted(**asked, hash="hmac"), key=KEY)
    made = export_audience(reader, hashed, Wanted(**asked, hash="sha256"))
    for file in (lambda path: path, holdout_file):
        assert ids(file(keyed), "pseudonym") == {pseudonym(name, KEY) for name in ids(file(plain))}
        assert len(rows(file(hashed))) == sum("@" in name for name in ids(file(plain)))
    assert list(rows(hashed)[0]) == ["email", "phone"]
    assert made.not_named == sum("@" not in name for name in ids(plain) | ids(holdout_file(plain)))
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("[hk]*"))
    assert b"c0000" not in raw
    assert b"example.com" not in raw


def test_consent_is_that_of_the_newest_run(tmp_path: Path) -> None:
    def people(**consent: dict[str, bool]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        return [
            ({"shopper_id": name, "consent": given}, {"intent": "ready", "status": status(given)})
            for name, given in consent.items()
        ]

    def status(consent: dict[str, bool]) -> str:
        return "ok" if consent.get("analytics", True) else "refused_consent"

    yes, no = {"marketing": True}, {"marketing": False}
    path = tmp_path / "s.duckdb"
    made_store(path, people(stays=yes, refused=yes, hidden=yes, came=no, absent=yes, never=no), "r1")
    made_store(path, people(stays=yes, refused=no, hidden={"analytics": False}, came=yes, never=no), "r2")
    with Store(path, write=True) as store:  # not finished: not asked about
        person = Shopper.model_validate({"shopper_id": "stays", "texts": [], "consent": no})
        store.begin(**ABOUT, run_id="r3").add([Scored(person, predicted("stays", AS_OF))])
    with Reader(path) as reader:
        made = export_audience(reader, tmp_path / "a.csv", Wanted(30, holdout=0.0), run="1")
        assert ids(tmp_path / "a.csv") == {"stays", "came", "absent"}
        assert made.no_consent == 3
        made = export_audience(reader, tmp_path / "a.csv", Wanted(30, top=1.0, holdout=0.0))
        assert ids(tmp_path / "a.csv") == {"stays", "came"}
        assert made.no_consent == 2


SPELLED = ("ann.{0}@gmail.com", "Ann{0}@gmail.com", "a.nn{0}+shop@gmail.com")


@pytest.mark.parametrize("how", ["none", "hmac", "sha256"])
def test_one_address_written_differently_is_in_one_group_and_hashed_once(tmp_path: Path, how: Any) -> None:
    names = [one.format(number) for number in range(40) for one in SPELLED]
    path = made_store(tmp_path / "s.duckdb", [({"shopper_id": name}, {"intent": "ready"}) for name in names])
    bought_later(path, names, {SPELLED[1].format(number) for number in range(20)})
    out = tmp_path / "a.csv"
    with Reader(path) as reader:
        made = export_audience(reader, out, Wanted(7, 0.3, holdout=0.5, hash=how), run="1", key=KEY)
        found = lift(reader, out, key=KEY)
    times = 1 if how == "sha256" else 3
    assert len(rows(out)) + len(rows(holdout_file(out))) == 40 * times
    assert made.repeated == (80 if how == "sha256" else 0)
    assert (found["treated"], found["held_out"]) == (len(rows(out)), len(rows(holdout_file(out))))
    assert found["not_in_a_later_run"] == 0
    assert found["treated_bought"] + found["held_out_bought"] == 20
    column = {"none": "shopper_id", "hmac": "pseudonym", "sha256": "email"}[how]
    assert not ids(out, column) & ids(holdout_file(out), column)
    if how == "none":
        groups = [{is_held_out(one.format(number), 0.5, 0) for one in SPELLED} for number in range(40)]
        assert all(len(group) == 1 for group in groups)


def test_who_refused_under_one_spelling_is_not_addressed_under_another(tmp_path: Path) -> None:
    some: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"shopper_id": SPELLED[0].format(1), "consent": {"marketing": False}}, {"intent": "none"}),
        ({"shopper_id": SPELLED[1].format(1)}, {"intent": "ready"}),
        ({"shopper_id": SPELLED[1].format(2)}, {"intent": "ready"}),
    ]
    out = tmp_path / "a.csv"
    with Reader(made_store(tmp_path / "s.duckdb", some)) as reader:
        made = export_audience(reader, out, Wanted(7, 0.3, holdout=0.0, hash="sha256"))
    assert [row["email"] for row in rows(out)] == [hashlib.sha256(b"ann2@gmail.com").hexdigest()]
    assert (made.treated, made.repeated) == (1, 1)


def bought_later(path: Path, names: Sequence[str], buyers: set[str]) -> None:
    later = AS_OF + timedelta(days=8)
    some = []
    for name in names:
        events = [{"type": "view_item", "at": AS_OF - timedelta(days=1)}]
        events += [{"type": "purchase", "at": AS_OF + timedelta(days=3)}] if name in buyers else []
        some.append(Scored(Shopper.model_validate({"shopper_id": name, "events": events}), predicted(name, later)))
    with Store(path, write=True) as store:
        run = store.begin(**ABOUT, run_id="later")
        run.add(some)
        run.finish()


@pytest.mark.parametrize("how", ["none", "hmac", "sha256"])
def test_lift_compares_the_groups_as_they_were_drawn(tmp_path: Path, how: Any) -> None:
    names = [f"+49151000{number:04d}" for number in range(300)]
    path = made_store(tmp_path / "s.duckdb", [({"shopper_id": "warm up"}, {"intent": "none"})], "r0")
    with Store(path, write=True) as store:
        run = store.begin(**ABOUT, run_id="r1")
        run.add([Scored(Shopper(shopper_id=name, texts=()), predicted(name, AS_OF, "ready")) for name in names])
        run.finish()
    out = tmp_path / "a.csv"
    with Reader(path) as reader:
        export_audience(reader, out, Wanted(7, 0.3, holdout=0.4, hash=how), key=KEY)
        with pytest.raises(InputError, match="later"):
            lift(reader, out, key=KEY)
    held = {name for name in names if is_held_out(name, 0.4, 0)}
    treated = [name for name in names if name not in held]
    buyers = set(treated[: len(treated) // 2]) | set(sorted(held)[:6])
    gone = {treated[-1]}
    bought_later(path, [name for name in names if name not in gone], buyers)
    with Reader(path) as reader:
        found = lift(reader, out, key=KEY)
    assert found["status"] == "ok"
    assert (found["treated"], found["treated_bought"]) == (len(treated) - 1, len(treated) // 2)
    assert (found["held_out"], found["held_out_bought"]) == (len(held), 6)
    assert found["not_in_a_later_run"] == 1
    assert found["difference"] == pytest.approx(found["treated_share"] - found["held_out_share"], abs=1e-3)
    assert 0.25 < found["difference_low"] < found["difference"] < found["difference_high"] < 0.6
    assert found["ratio_low"] < found["ratio"] < found["ratio_high"]


def test_lift_tells_no_group_under_ten_and_what_is_not_known_yet(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(60)]
    path = tmp_path / "s.duckdb"
    with Store(path, write=True) as store:
        run = store.begin(**ABOUT, run_id="r1")
        run.add([Scored(Shopper(shopper_id=name, texts=()), predicted(name, AS_OF, "ready")) for name in names])
        run.finish()
    small, wide = tmp_path / "small.csv", tmp_path / "wide.csv"
    with Reader(path) as reader:
        export_audience(reader, small, Wanted(7, 0.3, holdout=0.05))
        export_audience(reader, wide, Wanted(30, 0.3, holdout=0.5))
    bought_later(path, names, set(names[:30]))
    with Reader(path) as reader:
        assert lift(reader, small)["status"] == "too_few"
        assert "treated" not in lift(reader, small)
        found = lift(reader, wide)
        assert found["status"] == "early"
        assert "2026-11-17" in found["reason"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted(days=14), "14 days"),
        (Wanted(at_least=0.1, top=0.1), "top share"),
        (Wanted(motivation="joy"), "no motivation joy"),
    ],
)
def test_what_makes_no_sense_is_told(reader: Reader, tmp_path: Path, wanted: Wanted, words: str) -> None:
    with pytest.raises(InputError, match=words):
        export_audience(reader, tmp_path / "a.csv", wanted)
    assert not list(tmp_path.iterdir())


def test_the_command(store: Path, command: Callable[..., Ended], tmp_path: Path) -> None:
    told = command("export", "audience", "--store", store, "--out", "a.parquet", "--days", 30, "--holdout", 0.2)
    assert told.status == 0
    assert told.out == ""
    assert "held out in a.holdout.parquet: do not address them" in told.err
    assert "allow no marketing" in told.err
    assert parquet.read_table(tmp_path / "a.parquet").column_names[:2] == ["shopper_id", "chance"]
    about = json.loads((tmp_path / "a.parquet.about.json").read_text())
    assert about["treated"] == parquet.read_table(tmp_path / "a.parquet").num_rows
    early = command("export", "lift", "--store", store, "--audience", "a.parquet")
    assert early.status == 2
    assert "no run later" in early.err
    assert command("export", "audience", "--store", store, "--out", "a.csv", "--hash", "hmac").status == 1
    assert "HASH_KEY" in command("export", "audience", "--store", store, "--out", "a.csv", "--hash", "hmac").err
    assert command("export", "audience", "--out", "a.csv").status == 2
