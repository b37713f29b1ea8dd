"""Words of a shopper in files of others' making: logs, requests to a model, and outputs under another name."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.batch.folder import WorkFolder
from purchase_agent.evidence import Shopper, read_shopper
from purchase_agent.exports.erasing import clean_file
from purchase_agent.exports.table import write_table
from purchase_agent.exports.trace import Trace, pieces
from purchase_agent.predictors.llm.shown import show
from purchase_agent.predictors.prepare import prepare
from purchase_agent.store import Scored, Store
from tests.conftest import Ended
from tests.store_samples import AS_OF, MODELS, predicted

HIM = "wang.xiaoming"
PHONE = "手机卡得不行了，等双十一换一台"


@pytest.fixture(autouse=True)
def _no_cache_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def store_of(path: Path, people: dict[str, Sequence[str]]) -> Path:
    with Store(path, write=True) as store:
        run = store.begin(engine="local", evidence="fast", models=MODELS, source="x")
        for name, texts in people.items():
            shopper = Shopper.model_validate({"shopper_id": name, "texts": [{"text": text} for text in texts]})
            run.add([Scored(shopper, predicted(name, AS_OF))])
        run.finish()
    return path


def erase(command: Callable[..., Ended], tmp_path: Path, words: Sequence[str], *files: str) -> tuple[int, Any]:
    path = store_of(tmp_path / "s.duckdb", {HIM: words, "c00005": ["a kettle, please"]})
    ended = command("erase", HIM, "--store", path, *(one for file in files for one in ("--out", file)))
    assert not [word for word in words if len(word) > 5 and word in ended.out + ended.err]
    return ended.status, json.loads(ended.out)


def test_short_words_go_where_they_are_all_of_a_message(command: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(
        '12:00 INFO chat: 我有糖尿病\nmsg="I am ill"\nI am ill\nchat：糖尿\nmsg=I am ill\n12:02 INFO chat: a kettle\n'
    )
    (tmp_path / "app.jsonl").write_text(
        '{"msg":"我有糖尿病"}\n{"msg": "I am ill"}\n{"msg":"\\u7cd6\\u5c3f"}\n{"msg":"ill"}\n'
    )
    (tmp_path / "b.json").write_text('[{"msg": {"text": "I am ill"}}, {"msg": "ill"}]')
    (tmp_path / "c.csv").write_text("at,message\n1,chat: I am ill\n2,fine\n")
    words = ["我有糖尿病", "I am ill", "糖尿"]
    status, receipt = erase(command, tmp_path, words, "a.log", "app.jsonl", "b.json", "c.csv")
    assert status == 0
    assert (receipt["still_found_in"], receipt["not_told_apart"]) == ([], 0)
    assert (tmp_path / "a.log").read_text() == "12:02 INFO chat: a kettle\n"
    assert (tmp_path / "app.jsonl").read_text() == '{"msg":"ill"}\n'
    assert json.loads((tmp_path / "b.json").read_text()) == [{"msg": "ill"}]
    assert (tmp_path / "c.csv").read_text() == "at,message\n2,fine\n"


@pytest.mark.parametrize(
    "text",
    [
        PHONE, "我的手机用了三年了现在卡得不行想等双十一再换一台新的", "My phone is slow. I wait! Then I buy, maybe",
        "mail ann@example.org, I am ill; call +44 20 7946 0000, please do. Or not?", "一。二！三？ 好不好用，我不知道",
    ],
)  # fmt: skip
def test_pieces_are_what_a_prompt_shows(text: str) -> None:
    shopper = read_shopper({"shopper_id": HIM, "texts": [{"text": text}], "as_of": "2026-11-01T00:00:00Z"})
    assert shopper.as_of is not None
    lines = show(prepare(shopper, shopper.as_of), [0]).inputs["sentences"]
    prompt = "\n".join(f"{number} {line['text']}" for number, line in enumerate(lines, start=1))
    for row in ({"messages": [{"role": "user", "content": f"# chat\n{prompt}\nAnswer:"}]}, prompt):
        assert Trace([HIM], [text], pieces(text)).is_said(row)
    assert not Trace([HIM], [text], pieces(text)).is_said({"content": "1 something else\nAnswer:"})


def test_requests_to_a_model_go(command: Callable[..., Ended], tmp_path: Path) -> None:
    system = {"role": "system", "content": "K purchase: buys\nI am ill-tempered"}
    rows = [
        {"custom_id": "a", "messages": [system, {"role": "user", "content": "1 手机卡得不行了\n2 等双十一换一台"}]},
        {"custom_id": "b", "messages": [system, {"role": "user", "content": "1 a kettle, please"}]},
    ]
    (tmp_path / "requests-00001.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    status, receipt = erase(command, tmp_path, [PHONE, "buys"], "requests-00001.jsonl")
    assert [json.loads(line)["custom_id"] for line in (tmp_path / "requests-00001.jsonl").read_text().splitlines()] == [
        "b"
    ]
    assert (status, receipt["not_told_apart"]) == (3, 1)  # "buys" is in each of our prompts, and may be his


def test_what_others_say_too_stays_and_is_counted(command: Callable[..., Ended], tmp_path: Path) -> None:
    log = "chat c00005: thanks\nchat c00005: thanks, I am illiterate\nhe says I am ill, thanks\nstatus: ok\n"
    (tmp_path / "a.log").write_text(log)
    (tmp_path / "b.jsonl").write_text('{"shopper_id": "c00005", "text": "I am ill", "status": "ok"}\n')
    (tmp_path / "about.json").write_text('{"filter": {"category": "shoes"}}\n')
    columns = {"shopper_id": "text", "status": "text", "motivation": "list", "items": "list"}
    row = {"shopper_id": "c00005", "status": "ok", "motivation": ["gift"], "items": ["shoes"]}
    counts = {"category": "shoes", "label": "gift", "shoppers": 12, "quotes": ["I am ill", "fine"]}
    for form in ("csv", "parquet", "jsonl"):
        write_table(tmp_path / f"p.{form}", columns, [row])
        write_table(
            tmp_path / f"r.{form}",
            {"label": "text", "shoppers": "count", "quotes": "list"},
            [counts, counts | {"quotes": []}],
        )
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    status, receipt = erase(
        command, tmp_path, ["thanks", "I am ill", "ok", "gift", "shoes"], *before, "."
    )  # fmt: skip
    assert status == 3
    assert (receipt["still_found_in"], receipt["not_told_apart"]) == ([], 3)  # thanks, I am ill; shoes
    named = [one for one in receipt["not_searched"] if "too short or too common" in one]
    assert sorted(Path(one.split(":")[0]).name for one in named) == ["a.log", "about.json"]
    changed = {name for name, was in before.items() if (tmp_path / name).read_bytes() != was}
    assert changed == {"r.csv", "r.parquet", "r.jsonl"}
    assert {one["rows_removed"] for one in receipt["files"]} == {0}
    assert json.loads((tmp_path / "r.jsonl").read_text().splitlines()[0])["quotes"] == ["fine"]


def test_a_search_that_was_never_read_as_a_text_goes(command: Callable[..., Ended], tmp_path: Path) -> None:
    path = store_of(tmp_path / "s.duckdb", {"c00005": ["a kettle"]})
    event = {"type": "search", "at": AS_OF, "query": "卵巢癌"}
    shopper = Shopper.model_validate({"shopper_id": HIM, "texts": [], "events": [event]})
    with Store(path, write=True) as store:
        run = store.begin(engine="local", evidence="fast", models=MODELS, source="x")
        run.add([Scored(shopper, predicted(HIM, AS_OF))])
        run.finish()
    (tmp_path / "a.log").write_text("search: 卵巢癌\nsearch: kettle\n")
    assert command("erase", HIM, "--store", path, "--out", "a.log").status == 0
    assert (tmp_path / "a.log").read_text() == "search: kettle\n"


def test_words_that_are_left_fail(
    command: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.log").write_text(f"{PHONE}\n")
    monkeypatch.setattr(Trace, "in_line", lambda *_: False)
    status, receipt = erase(command, tmp_path, [PHONE], "a.log")
    assert (status, receipt["still_found_in"]) == (1, ["a.log"])


def test_thousands_of_words_are_looked_for(tmp_path: Path) -> None:
    words = [f"{'ab' * (number % 40)}x{number} and so on" for number in range(3000)]
    (tmp_path / "a.log").write_text("".join(f"he said: {word}!\n" for word in words) + "other\n" * 1000)
    assert clean_file(tmp_path / "a.log", Trace([HIM], words)).rows == 3000


@pytest.mark.parametrize("name", ["x.csv", "x.dat", "noending"])
def test_parquet_is_known_by_its_bytes(command: Callable[..., Ended], tmp_path: Path, name: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    write_table(folder / "x.parquet", {"shopper_id": "text"}, [{"shopper_id": HIM}, {"shopper_id": "c00005"}])
    (folder / "x.parquet").rename(folder / name)
    for given in (folder / name, folder):
        whole = (folder / name).read_bytes()
        ended = command("erase", HIM, "--out", given)
        assert ended.status == 0
        assert json.loads(ended.out)["files"][0]["rows_removed"] == 1
        (folder / name).write_bytes(whole)
    assert not WorkFolder(folder / name).path.exists()
