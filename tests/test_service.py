"""``PurchaseAgent`` with the shipped model, as a user calls it."""

import asyncio
import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

import purchase_agent
from purchase_agent import Prediction, PurchaseAgent, Shopper
from purchase_agent.errors import InputError, SettingsError
from purchase_agent.predictors.base import MAX_TEXTS_READ
from purchase_agent.settings import load_settings

AS_OF = "2026-11-22T10:00:00Z"


@pytest.fixture(scope="module")
def agent():
    return PurchaseAgent(engine="local")


def shopper(*texts, **more):
    listed = [{"text": text} if isinstance(text, str) else text for text in texts]
    return {"shopper_id": "c1", "as_of": AS_OF, "texts": listed, **more}


def without_time(prediction):
    data = prediction.model_dump(mode="json", by_alias=True)
    data["provenance"].pop("latency_ms")
    return data


def test_exported_names_are_importable():
    assert all(getattr(purchase_agent, name) for name in purchase_agent.__all__)


def test_a_sentence(agent):
    answer = agent.predict("手机卡得不行了，等双十一换一台")
    assert answer.status == "ok"
    assert "replacement" in answer.motivation.labels
    assert answer.provenance.engine == "local"
    assert answer.shopper_id == "text"


@pytest.mark.parametrize("evidence", ["none", "fast", "full"])
def test_quotes_are_verbatim(agent, evidence):
    text = "My old kettle leaks all over the counter, so which of these two boils faster? I get paid on Friday."
    answer = agent.predict(shopper(text), evidence=evidence)
    assert bool(answer.evidence) == (evidence != "none")
    for one in answer.evidence:
        assert text[one.start : one.end] == one.quote
    told = {f"motivation.{name}" for name in answer.motivation.labels if name != "unknown"}
    if evidence != "none":
        assert told <= {one.supports for one in answer.evidence}


def test_evidence_does_not_change_the_answer(agent):
    given = shopper("is this waterproof and does it ship to Leeds before Friday?")
    plain, full = (
        without_time(agent.predict(given, evidence="none")),
        without_time(agent.predict(given, evidence="full")),
    )
    plain.pop("evidence"), full.pop("evidence")
    assert plain == full


def test_same_answer_alone_and_in_any_order(agent):
    given = [shopper(text) for text in ("do you have 43", "面膜用完了，再来两盒", "lol no", "求推荐耳机", "it broke")]
    alone = [without_time(agent.predict(one)) for one in given]
    assert [without_time(one) for one in agent.predict_many(given)] == alone
    assert [without_time(one) for one in agent.predict_many(given[::-1])] == alone[::-1]


def test_json_round_trip(agent):
    answer = agent.predict(shopper("which one is quieter?"))
    assert Prediction.model_validate_json(answer.model_dump_json(by_alias=True)) == answer


def test_one_bad_shopper_is_answered_in_its_place(agent):
    found = list(agent.predict_many(["which one?", {"shopper_id": "c2"}, 7, "lol no"]))
    assert [type(one) for one in found] == [Prediction, InputError, InputError, Prediction]
    assert "needs texts or events" in str(found[1])


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (shopper(""), "insufficient_data"),
        (shopper(" \n\u200b"), "insufficient_data"),
        (shopper(), "insufficient_data"),
        (shopper({"text": "I will take it", "role": "agent"}), "insufficient_data"),
        (shopper({"text": "I will take it", "at": "2026-12-24"}), "insufficient_data"),
        (shopper("I will take it", consent={"analytics": False}), "refused_consent"),
        (shopper("Ich suche eine neue Waschmaschine, die leise ist"), "unsupported_language"),
    ],
)
def test_without_a_prediction_the_status_says_why(agent, given, status):
    answer = agent.predict(given)
    assert (answer.status, answer.intent, answer.timing, answer.shopper_id) == (status, None, None, "c1")


def test_future_words_are_not_used(agent):
    past = {"text": "which blender is best for soup?", "at": "2026-11-20"}
    later = {"text": "the blender broke, I want my money back", "at": "2026-11-29"}
    one, two = agent.predict(shopper(past)), agent.predict(shopper(past, later))
    assert without_time(one)["intent"] == without_time(two)["intent"]
    assert "after_as_of:t2" in two.warnings


def test_order_in_the_list_does_not_matter_but_time_does(agent):
    old = {"text": "which blender is best for soup?", "at": "2026-11-01T00:00:00Z"}
    new = {"text": "the blender arrived, love it", "at": "2026-11-21T00:00:00Z"}
    one, two = (agent.predict(shopper(*texts), evidence="none") for texts in ((old, new), (new, old)))
    assert one.intent == two.intent
    assert one.intent.label == "post_purchase"


def test_copies_count_once_and_many_texts_are_capped(agent):
    same = agent.predict(shopper(*["which blender is best for soup?"] * 3))
    assert "duplicates_once:2" in same.warnings
    many = [{"text": f"which blender is best for soup number {i} {'abcdefghij'[i % 10] * (i + 3)}"} for i in range(60)]
    assert any(one.startswith(f"newest_read:{MAX_TEXTS_READ}_of_") for one in agent.predict(shopper(*many)).warnings)


def test_a_search_event_is_read_as_a_text_once(agent):
    event = {"type": "search", "at": "2026-11-20T00:00:00Z", "query": "noise cancelling headphones"}
    only = agent.predict({"shopper_id": "c1", "as_of": AS_OF, "events": [event]})
    assert only.status == "ok"
    text = {"text": "Noise cancelling headphones", "channel": "search_query", "at": event["at"]}
    both = agent.predict(shopper(text, events=[event]))
    assert "duplicates_once:1" not in both.warnings


@pytest.mark.parametrize(
    "text",
    ["這雙跑鞋有冇44碼？今日落單幾時到", "部電話成日死機，想換部新嘅，有咩介紹", "求推荐 budget 500 以内的 headphone"],
)
def test_traditional_cantonese_and_mixed_texts_are_read(agent, text):
    answer = agent.predict(text)
    assert answer.status == "ok"
    assert answer.intent.label in ("exploration", "consideration", "ready")


def test_a_naive_time_is_warned_of(agent):
    answer = agent.predict(shopper({"text": "which one?", "at": "2026-11-01T10:00:00"}))
    assert "timezone_assumed_utc:t1" in answer.warnings


def test_long_texts_are_cut_and_huge_ones_refused(agent):
    assert "truncated:t1" in agent.predict(shopper("which one is quieter " * 200)).warnings
    with pytest.raises(InputError, match="65536"):
        agent.predict(shopper("x" * 70_000))


def test_the_expected_date_follows_the_median(agent):
    answer = agent.predict(shopper("I need it by tomorrow, put it on my card now please"))
    assert answer.timing.expected_date <= date(2026, 12, 31)
    assert answer.timing.interval_days[0] <= answer.timing.median_days <= answer.timing.interval_days[1]


def test_apredict_and_explain(agent):
    given = shopper("The old vacuum is dead, which one is good for dog hair?")
    assert without_time(asyncio.run(agent.apredict(given))) == without_time(agent.predict(given))
    told = agent.explain(given)
    assert any("replacement" in sentence for sentence in told.sentences)


def test_a_shopper_object_is_taken(agent):
    one = Shopper.model_validate({"shopper_id": "s", "texts": [{"text": "is it in stock?"}]})
    assert json.loads(agent.predict(one).model_dump_json())["shopper_id"] == "s"


def test_an_engine_that_does_not_exist_is_refused():
    with pytest.raises(SettingsError, match="one of auto, local, llm, cascade"):
        PurchaseAgent(engine="gpt")  # type: ignore[arg-type]


def test_a_misspelt_setting_is_named(monkeypatch):
    monkeypatch.setenv("PURCHASE_AGENT_EVIDENSE", "none")
    with pytest.raises(SettingsError, match="did you mean PURCHASE_AGENT_EVIDENCE"):
        PurchaseAgent()


@pytest.mark.parametrize("name", ["PURCHASE_AGENT_EVIDENSE", "purchase_agent_evidense"])
def test_a_misspelt_setting_of_a_file_is_named(monkeypatch, tmp_path, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("PURCHASE_AGENT_EVIDENCE=none\nOTHER=1\n")
    assert PurchaseAgent().evidence == "none"
    (tmp_path / ".env").write_text(f"{name}=none\n")
    with pytest.raises(SettingsError, match="did you mean PURCHASE_AGENT_EVIDENCE"):
        PurchaseAgent()


def test_the_environment_goes_before_the_file_and_arguments_before_both(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(
        'PURCHASE_AGENT_THREADS=2\nPURCHASE_AGENT_PORT=81\nexport PURCHASE_AGENT_LLM_HEADERS=\'{"a": "b"}\'\n'
    )
    monkeypatch.setenv("PURCHASE_AGENT_PORT", "82")
    found = load_settings()
    assert (found.threads, found.port, found.llm_headers) == (2, 82, {"a": "b"})
    assert load_settings(port=83, threads=None).port == 83


def test_what_is_not_json_is_named_and_not_shown(monkeypatch):
    monkeypatch.setenv("PURCHASE_AGENT_LLM_HEADERS", '{"Authorization": "Bearer s3cret')
    with pytest.raises(SettingsError, match="PURCHASE_AGENT_LLM_HEADERS is not JSON") as raised:
        load_settings()
    assert "s3cret" not in f"{raised.value} {raised.value.__cause__}"


def test_a_file_of_settings_that_is_no_text_is_named(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes(b"PURCHASE_AGENT_PROMPT=\xff\xfe")
    with pytest.raises(SettingsError, match=r"\.env: .*utf-8"):
        load_settings()


@pytest.mark.parametrize("one", ["I need a kettle", {"shopper_id": "a", "texts": [{"text": "I need a kettle"}]}])
def test_one_shopper_is_not_several(agent, one):
    with pytest.raises(InputError, match="use predict"):
        list(agent.predict_many(one))


@pytest.mark.parametrize(
    ("zone", "as_of", "text", "day"),
    [
        ("America/Los_Angeles", "2026-11-22T15:10:00Z", "I will order the headphones today", date(2026, 11, 22)),
        ("Asia/Shanghai", "2026-11-22T03:10:00Z", "今天就下单这款耳机", date(2026, 11, 23)),
    ],
)
def test_the_expected_day_is_one_of_the_shoppers_calendar(agent, zone, as_of, text, day):
    local = ZoneInfo(zone)
    timing = agent.predict({"shopper_id": "a", "as_of": as_of, "timezone": zone, "texts": [{"text": text}]}).timing
    moment = datetime.fromisoformat(as_of).astimezone(local) + timedelta(days=timing.median_days)
    assert timing.expected_date == moment.date()
    assert abs((timing.expected_date - day).days) <= 1


def test_a_quote_beside_events_speaks_for_its_label(agent):
    shop = {"type": "purchase", "item_id": "i", "price": 9.0}
    past = [{**shop, "at": f"2026-1{month}-01T09:00:00Z"} for month in (0, 1)]
    asked = {
        "shopper_id": "a",
        "as_of": "2026-11-22T09:00:00Z",
        "events": past,
        "texts": [{"text": "where is my order"}],
    }
    assert all(one.weight > 0 for one in agent.predict(asked).evidence if one.quote is not None)


@pytest.mark.parametrize(
    "text", ["想买个手机 😀 预算3000", "The pan warped, I want my money back", "ok, got it yesterday"]
)
def test_words_alone_have_a_quote_for_each_label(agent, text):
    answer = agent.predict(text)
    quoted = {one.supports for one in answer.evidence}
    told = {f"motivation.{name}" for name in answer.motivation.labels if name != "unknown"}
    told |= {f"intent.{answer.intent.label}"} if answer.intent.label != "none" else set()
    assert told <= quoted


def test_a_repeated_id_is_named(agent):
    texts = [{"text": "a", "id": "x"}, {"text": "b"}, {"text": "c", "id": "x"}]
    with pytest.raises(InputError, match="texts 0 and 2 have the same id 'x'"):
        agent.predict({"shopper_id": "a", "texts": texts})


def test_the_language_that_is_stated_counts(agent):
    asked = {"shopper_id": "a", "texts": [{"text": "zapatos rojos"}]}
    assert agent.predict(asked).status == "ok"
    for stated in ({**asked, "language": "es"}, {**asked, "texts": [{"text": "zapatos rojos", "language": "es"}]}):
        answer = agent.predict(stated)
        assert answer.status == "unsupported_language"
        assert answer.warnings == ["unsupported_language:t1:es"]
    assert agent.predict({**asked, "language": "es", "texts": [{"text": "is it in stock?"}]}).status == "ok"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("手机卡得不行了，等双十一换一台", date(2027, 11, 11)),
        ("on 15 May 2027 I will buy a new bike", date(2027, 5, 15)),
        ("I'll order it tomorrow", date(2026, 11, 23)),
    ],
)
def test_the_expected_day_is_the_one_told(agent, text, day):
    timing = agent.predict(shopper(text)).timing
    assert timing.expected_date == day
    low, high = timing.interval_days
    told = (
        datetime.combine(day, datetime.min.time()) - datetime.fromisoformat(AS_OF).replace(tzinfo=None)
    ) / timedelta(days=1)
    assert low <= told + 1 <= high + 1
    assert low <= timing.median_days <= high
