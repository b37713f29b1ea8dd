"""Questions about all shoppers, over a store of made-up ones; and who may ask them."""

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from purchase_agent.web.auth import Guard
from purchase_agent.web.problems import ProblemError
from tests.store_samples import sample_store
from tests.web.conftest import Connect
from tests.web.test_routes import problem

KEY, INSIGHT = "a-long-enough-key", "another-long-enough-key"
QUESTION = {"question": "What holds shoppers back?"}
FUNNEL = {"queries": [{"kind": "funnel"}]}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "shop.duckdb"
    sample_store(path, shoppers=150, runs=2)
    return path


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def test_a_question_is_answered(connect: Connect, store: Path) -> None:
    async with connect(store=store) as client:
        answer = (await client.post("/v1/ask", json=QUESTION)).json()
        chinese = (await client.post("/v1/ask", json={"question": "顾客有哪些顾虑？", "language": "zh"})).json()
    assert (answer["status"], answer["kind"], answer["language"]) == ("answered", "barriers", "en")
    assert answer["sentences"]
    assert chinese["language"] == "zh"


async def test_typed_questions_are_answered_in_their_places(connect: Connect, store: Path) -> None:
    body = {"queries": [{"kind": "funnel"}, {"kind": "drop tables"}, {"kind": "ready", "run": 99}], "language": "zh"}
    async with connect(store=store) as client:
        answers = (await client.post("/v1/insights", json=body)).json()["answers"]
    assert (answers[0]["kind"], answers[0]["language"]) == ("funnel", "zh")
    assert [sorted(one) for one in answers[1:]] == [["error"], ["error"]]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/ask", {}, "question"), ("/v1/ask", {"question": 1}, "question"),
        ("/v1/ask", {"question": " "}, "question"),
        ("/v1/ask", {"question": "a" * 2001}, "question"), ("/v1/ask", {**QUESTION, "language": "fr"}, "language"),
        ("/v1/ask", {**QUESTION, "sql": "SELECT 1"}, "sql"), ("/v1/insights", {"queries": {}}, "queries"),
        ("/v1/insights", {"queries": [{"kind": "funnel"}] * 13}, "queries"),
        ("/v1/insights", {"queries": [], "language": []}, "language"),
    ],
)  # fmt: skip
async def test_questions_that_cannot_be_asked(connect: Connect, store: Path, path, body, field) -> None:
    async with connect(store=store) as client:
        told = problem(await client.post(path, json=body), 422, "invalid-input")
    assert told["field"] == field


async def test_an_audience_is_a_file_of_files(connect: Connect, store: Path) -> None:
    async with connect(store=store) as client:
        answer = await client.get("/v1/export/audience", params={"days": "30", "top": "0.5", "holdout": "0.2"})
        for wrong in ({"days": "8"}, {"colour": "red"}, {"top": "2"}, {"hash": "md5"}, {"days": "x"}):
            problem(await client.get("/v1/export/audience", params=wrong), 422, "invalid-input")
        problem(await client.get("/v1/export/audience?days=1&days=7"), 422, "invalid-input")
        problem(await client.get("/v1/export/audience?hash=hmac"), 503, "unavailable")
    assert answer.headers["content-type"] == "application/zip"
    assert "audience.zip" in answer.headers["content-disposition"]
    counts = json.loads(answer.headers["x-audience"])
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("audience.csv").decode("utf-8-sig"))))
        assert set(archive.namelist()) == {"audience.csv", "audience.holdout.csv", "audience.csv.about.json"}
    assert len(rows) == counts["treated"] > 0
    assert counts["no_consent"] > 0


async def test_a_part_of_an_audience_is_no_file_left_behind(
    connect: Connect, store: Path, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with connect(store=store) as client:
        for part in ("bytes=99999999-", "x-y", "bytes=0-3"):
            answer = await client.get("/v1/export/audience", headers={"range": part})
            assert answer.status_code == 200
            assert zipfile.is_zipfile(io.BytesIO(answer.content))
        assert not list(tmp_path.glob("purchase-agent-*/*"))


async def test_a_question_as_long_as_a_thread_is_refused(connect: Connect, store: Path) -> None:
    body = {"model": "purchase-agent-staff", "messages": [{"role": "user", "content": "who is ready? " * 200}]}
    async with connect(store=store) as client:
        problem(await client.post("/v1/chat/completions", json=body), 422, "invalid-input")


async def test_without_a_store_it_is_said_how_one_is_made(connect: Connect, tmp_path: Path) -> None:
    for given in (None, tmp_path / "none.duckdb"):
        async with connect(store=given) as client:
            told = problem(await client.post("/v1/ask", json=QUESTION), 404, "no-store")
            problem(await client.post("/v1/insights", json=FUNNEL), 404, "no-store")
            problem(await client.get("/v1/export/audience"), 404, "no-store")
            about = (await client.get("/v1/about")).json()
        assert "purchase-agent score" in told["hint"]
        assert (about["store"], about["insight"]) == (False, "allowed")


async def test_what_is_no_store_is_told_without_its_path(connect: Connect, tmp_path: Path) -> None:
    path = tmp_path / "secret-name.duckdb"
    path.write_bytes(b"no store at all")
    async with connect(store=path) as client:
        answer = await client.post("/v1/ask", json=QUESTION)
        problem(answer, 503, "unavailable")
        problem(await client.get("/v1/export/audience"), 503, "unavailable")
    assert "secret-name" not in answer.text


@pytest.mark.parametrize(
    ("keys", "sent", "status", "insight"),
    [
        ({}, None, 200, "allowed"), ({"key": KEY}, KEY, 403, "closed"), ({"key": KEY}, None, 401, None),
        ({"key": KEY, "insight_key": INSIGHT}, KEY, 401, "key"),
        ({"key": KEY, "insight_key": INSIGHT}, INSIGHT, 200, "allowed"),
        ({"insight_key": INSIGHT}, None, 401, "key"), ({"insight_key": INSIGHT}, INSIGHT, 200, "allowed"),
    ],
)  # fmt: skip
async def test_who_may_ask(connect: Connect, store: Path, keys, sent, status, insight) -> None:
    async with connect(headers=bearer(sent) if sent else None, store=store, **keys) as client:
        for answer in (
            await client.post("/v1/ask", json=QUESTION), await client.post("/v1/insights", json=FUNNEL),
            await client.get("/v1/export/audience"),
            await client.post("/v1/tools/customer_insight", json=QUESTION),
        ):  # fmt: skip
            assert answer.status_code == status
        about = await client.get("/v1/about")
        predicted = await client.post("/v1/predict", json="a kettle")
    assert about.status_code == predicted.status_code == (401 if insight is None else 200)
    assert insight is None or about.json()["insight"] == insight


async def test_staff_talk_about_all_shoppers_and_go_on_from_there(connect: Connect, store: Path) -> None:
    talk = [{"role": "user", "content": "What holds shoppers back?"}]
    more = [*talk, {"role": "assistant", "content": "The price."}, {"role": "user", "content": "and for shoes?"}]
    async with connect(store=store) as client:
        said = {"model": "purchase-agent-staff"}
        first = (await client.post("/v1/chat/completions", json={**said, "messages": talk})).json()
        second = (await client.post("/v1/chat/completions", json={**said, "messages": more})).json()
        shopper = (await client.post("/v1/chat/completions", json={"messages": talk})).json()
    assert first["purchase_agent"]["kind"] == "answer"
    assert first["purchase_agent"]["result"]["kind"] == "barriers"
    query = second["purchase_agent"]["result"]["query"]
    assert (query["kind"], query["filter"]["category"]) == ("barriers", "shoes")
    assert "result" not in shopper["purchase_agent"]


def test_the_two_keys_differ() -> None:
    from purchase_agent.errors import SettingsError

    with pytest.raises(SettingsError, match="the same"):
        Guard(KEY, KEY)
    with pytest.raises(SettingsError, match="INSIGHT_KEY"):
        Guard(KEY, "schlüssel")
    with pytest.raises(ProblemError):
        Guard(None, INSIGHT).check_insight([(b"authorization", f"Basic {INSIGHT}".encode())])


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"days": "5"}, "days"), ({"days": "x"}, "days"), ({"motivation": "greed"}, "motivation"),
        ({"top": "0.1", "at_least": "0.5"}, "top"),
        ({"motivation": "safety_health"}, "motivation"), ({"category": "pregnancy tests"}, "category"),
        ({"item": "pregnancy test"}, "item"),
    ],
)  # fmt: skip
async def test_what_cannot_be_used_of_an_audience_is_named(connect: Connect, store: Path, params, field) -> None:
    async with connect(store=store) as client:
        told = problem(await client.get("/v1/export/audience", params=params), 422, "invalid-input")
    assert told["field"] == field
    assert "--" not in told["hint"]


async def test_the_counts_of_an_audience_are_those_of_the_command_line(
    connect: Connect, store: Path, monkeypatch
) -> None:
    from purchase_agent.exports.audience import export_audience
    from purchase_agent.web import audience

    def repeating(*given, **more):
        made = export_audience(*given, **more)
        made.repeated = 3
        return made

    monkeypatch.setattr(audience, "export_audience", repeating)
    async with connect(store=store) as client:
        answer = await client.get("/v1/export/audience", params={"days": "30"})
    counts = json.loads(answer.headers["x-audience"])
    assert set(counts) == {"treated", "held_out", "no_consent", "sensitive", "not_named", "repeated"}
    assert counts["repeated"] == 3
