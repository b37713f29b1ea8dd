import itertools
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.commerce import BUYER, intent_sentence, read_acp, read_ucp
from purchase_agent.errors import InputError
from purchase_agent.evidence import Shopper
from purchase_agent.labels import BARRIERS, INTENTS, MOTIVATIONS, TIMINGS, level_of
from purchase_agent.prediction import Prediction
from purchase_agent.service import PurchaseAgent
from purchase_agent.tools.catalogue import TOOLS, Toolbox
from purchase_agent.tools.sentences import sentences

EXAMPLES = Path(__file__).parent.parent / "purchase_agent" / "examples" / "shoppers.jsonl"
INTENT = "looking for a gift under $50 for someone who cooks"
PERSON = {
    "first_name": "Ada", "last_name": "Byron", "email": "ada@example.com", "phone_number": "+442079460000",
}  # fmt: skip
AS_OF = datetime(2026, 11, 22, tzinfo=UTC)
ANALYTICS, MARKETING = "dev.ucp.consent.analytics", "dev.ucp.consent.marketing"


def decision(granted: Any, **more: Any) -> dict[str, Any]:
    return {"granted": granted, "source": "platform", "description": "d", **more}


def consent_of(consent: Any) -> tuple[bool, bool, tuple[str, ...]]:
    found = read_ucp({"buyer": {"consent": consent}})
    return found.shopper.consent.analytics, found.shopper.consent.marketing, found.warnings


# ----------------------------------------------------------------------------------------------------------------- UCP


def test_a_search_is_read() -> None:
    found = read_ucp(
        {
            "query": "wok", "filters": {"price": {"max": 5000}},
            "context": {"intent": INTENT, "language": "zh-Hans", "currency": "USD", "address_country": "US",
                        "postal_code": "94043", "eligibility": ["com.example.loyalty_gold"]},
        },
        as_of=AS_OF,
    )  # fmt: skip
    assert [(text.id, text.channel, text.role, text.text) for text in found.shopper.texts] == [
        ("query", "search_query", "shopper", "wok"), ("context.intent", "chat", "shopper", INTENT)
    ]  # fmt: skip
    assert (found.shopper.shopper_id, found.shopper.language, found.shopper.as_of) == (BUYER, "zh", AS_OF)
    assert found.warnings == ("written_by_platform:context.intent",)


@pytest.mark.parametrize("wrapper", ["checkout", "cart", "catalog", "booking"])
def test_the_arguments_of_an_mcp_tool_are_read_as_the_body(wrapper: str) -> None:
    body = {"context": {"intent": INTENT}, "buyer": {"consent": {"analytics": False}}}
    given = {"meta": {"ucp-agent": {"profile": "https://a.example"}}, wrapper: body}
    assert read_ucp(given, as_of=AS_OF) == read_ucp(body, as_of=AS_OF)
    assert read_ucp({**given, "context": {}}).shopper.texts == ()


def test_nothing_that_identifies_the_buyer_is_read() -> None:
    found = read_ucp({
        "context": {"intent": INTENT, "postal_code": "94043", "address_region": "California"},
        "buyer": PERSON, "line_items": [{"item": {"id": "sku-9"}, "quantity": 1}],
        "fulfillment": {"destinations": [{"street_address": "1 Main St"}]},
    })  # fmt: skip
    told = found.shopper.model_dump_json() + " ".join(found.warnings)
    assert not [value for value in (*PERSON.values(), "94043", "California", "Main St") if value in told]


def test_what_is_unknown_is_passed_over_and_told() -> None:
    found = read_ucp({
        "context": {"mood": "good", "a b\n@c": 1, "language": "x", "intent": 7},
        "buyer": {"consent": {"com.vendor.panel": decision(granted=True), "preferences": True}},
    })  # fmt: skip
    assert found.warnings == (
        "unknown:context.mood", "unknown:context.a?b??c", "unusable:context.intent",
        "unknown:buyer.consent.com.vendor.panel", "unusable:context.language",
    )  # fmt: skip
    assert found.shopper.texts == ()
    many = read_ucp({"context": {f"x{n}": n for n in range(500)}}).warnings
    assert (len(many), many[-1]) == (21, "and_more:480")


@pytest.mark.parametrize(
    "request_", [{}, {"context": None}, {"context": {"intent": "  "}}, {"buyer": {}}, {"query": ""}]
)
def test_where_nothing_is_carried_there_is_nothing_to_read(request_: dict[str, Any]) -> None:
    found = read_ucp(request_)
    assert (found.shopper.texts, found.warnings) == ((), ())
    assert found.shopper.consent.analytics


def test_a_part_that_is_no_object_is_told() -> None:
    assert read_ucp({"context": []}).warnings == ("unusable:context",)
    found = read_ucp({"buyer": "Ada"})
    assert found.warnings == ("unusable:buyer", "unreadable_taken_as_refused:buyer.consent")
    assert not found.shopper.consent.analytics  # whatever was decided there cannot be read


@pytest.mark.parametrize("request_", [None, [], "text", 7])
def test_a_request_that_is_no_object_is_refused(request_: Any) -> None:
    for read in (read_ucp, read_acp):
        with pytest.raises(InputError, match="a request is an object"):
            read(request_)


def test_words_longer_than_any_are_refused() -> None:
    with pytest.raises(InputError, match="bytes, at most"):
        read_ucp({"context": {"intent": "x" * 70_000}})


def test_odd_text_is_read_without_harm() -> None:
    found = read_ucp({"context": {"intent": "gift \ud800 for mum", "\ud800": 1}})
    assert found.shopper.texts[0].text == "gift \ufffd for mum"
    assert "unknown:context.?" in found.warnings


# ------------------------------------------------------------------------------------------------------------- consent


@pytest.mark.parametrize("granted", list(itertools.product([True, False], repeat=2)))
def test_both_forms_of_consent_are_read(granted: tuple[bool, bool]) -> None:
    analytics, marketing = granted
    old = {"analytics": analytics, "marketing": marketing, "preferences": True, "sale_of_data": False}
    new = {
        ANALYTICS: decision(analytics), MARKETING: decision(marketing),
        "dev.ucp.consent.preferences": decision(granted=True),
        "dev.ucp.consent.sale_or_sharing": decision(granted=False),
    }  # fmt: skip
    assert consent_of(old) == consent_of(new) == (analytics, marketing, ())
    assert consent_of({}) == (True, True, ())


@pytest.mark.parametrize("unclear", ["false", 0, 1, None, {}, {"granted": "true"}, [True]])
def test_a_decision_that_cannot_be_read_is_taken_as_a_refusal(unclear: Any) -> None:
    for name in ("analytics", ANALYTICS):
        assert consent_of({name: unclear}) == (False, True, (f"unreadable_taken_as_refused:buyer.consent.{name}",))


@pytest.mark.parametrize("unclear", ["denied", ["analytics"], False, 0])
def test_consent_that_cannot_be_read_at_all_is_taken_as_a_refusal(unclear: Any) -> None:
    assert consent_of(unclear) == (False, False, ("unreadable_taken_as_refused:buyer.consent",))


def test_one_refusal_of_a_purpose_is_enough_and_a_segment_opens_nothing() -> None:
    assert consent_of({"analytics": True, ANALYTICS: decision(granted=False)})[0] is False
    assert consent_of({ANALYTICS: decision(granted=False), "analytics": True})[0] is False
    email = {"dev.ucp.consent.marketing.email": decision(granted=True)}
    found = consent_of({MARKETING: decision(granted=False, segments=email)})
    assert found == (True, False, (f"segments_not_read:buyer.consent.{MARKETING}",))


NO = {"consent": {"analytics": False}}


@pytest.mark.parametrize(
    "request_",
    [
        {"context": {"intent": INTENT}, "checkout": {"buyer": NO}},
        {"cart": {"buyer": NO, "context": {"intent": INTENT}}, "checkout": {"context": {"intent": INTENT}}},
        {"checkout": {"buyer": {"consent": {"analytics": True}}}, "cart": {"buyer": NO}},
        {"arguments": {"checkout": {"buyer": NO, "context": {"intent": INTENT}}}},
        {"jsonrpc": "2.0", "params": {"name": "x", "arguments": {"checkout": {"buyer": NO}}}},
        {"context": {"intent": INTENT}, **NO}, {"context": {"intent": INTENT, **NO}},
        {"checkout": {"context": {"intent": INTENT}, **NO}}, {**NO, "checkout": {"context": {"intent": INTENT}}},
        {"buyer": {"consent": {"analytics": True}}, **NO}, {"buyer": {"consent": {"Analytics": False}}},
        {"buyer": {"consent": {"DEV.UCP.Consent.Analytics": decision(granted=False)}}},
        {"context": {}, "cart": {"buyer": "Ada"}}, {"consent": "denied"},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_a_no_wins_wherever_it_stands(request_: dict[str, Any]) -> None:
    assert not read_ucp(request_).shopper.consent.analytics


def test_a_yes_elsewhere_changes_nothing() -> None:
    yes = {"consent": {"analytics": True}}
    given: list[dict[str, Any]] = [{"buyer": yes, "cart": {"buyer": yes}}, yes, {"checkout": {"buyer": {}}, "cart": {}}]
    for request_ in given:
        assert read_ucp(request_).shopper.consent.analytics


def test_a_call_is_read_as_its_arguments() -> None:
    body = {"context": {"intent": INTENT}, "buyer": {"consent": {"marketing": False}}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x", "arguments": {"cart": body}}}
    assert read_ucp(call, as_of=AS_OF) == read_ucp(body, as_of=AS_OF)


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"Buyer": NO, "mood": 1, "filters": {}}, ("unknown:Buyer", "unknown:mood")),
        ({"cart": {}, "checkout": {}}, ("unknown:cart", "unknown:checkout")),
        ({"context": {}, "checkout": {"buyer": {}}}, ("unknown:checkout",)),
        ({"query": "wok", "catalog": {"query": "pan", "x": 1}}, ("unknown:query", "unknown:x")),
        ({"checkout": "x", "a b": 1}, ("unknown:checkout", "unknown:a?b")),
        ({"context": {}, "cart": {"consent": {"Panel": True}}}, ("unknown:cart.consent.Panel", "unknown:cart")),
    ],
)
def test_what_is_not_read_at_the_top_is_told(request_: dict[str, Any], told: tuple[str, ...]) -> None:
    assert read_ucp(request_).warnings == told


@pytest.mark.usefixtures("fake_model")
@pytest.mark.parametrize("tool", [tool.name for tool in TOOLS if tool.name != "customer_insight"])  # tells of no one
def test_a_refusal_is_a_clear_result_of_every_tool(tool: str) -> None:
    request = {"context": {"intent": INTENT}, "buyer": {**PERSON, "consent": {ANALYTICS: decision(granted=False)}}}
    shopper = read_ucp(request).shopper
    given = {"candidates": [{"id": "a", "name": "Wok"}]} if tool == "rank_products" else {}
    result = Toolbox(PurchaseAgent("local")).call(tool, given, context=shopper)
    told = result.model_dump(mode="json")
    told = told.get("prediction", told)
    assert told["status"] == "refused_consent"
    assert not any(told.get(part) for part in ("intent", "motivation", "next_action", "timing", "evidence", "ranked"))
    assert INTENT not in result.model_dump_json()
    assert re.search(r"consent|allow", sentences(result))


@pytest.mark.usefixtures("fake_model")
def test_a_refusal_sends_no_intent_on() -> None:
    agent = PurchaseAgent("local")
    shopper = read_ucp({"context": {"intent": INTENT}, "buyer": {"consent": {"analytics": False}}}).shopper
    assert agent.predict(shopper).status == "refused_consent"
    assert [one.status for one in agent.predict_many([shopper]) if isinstance(one, Prediction)] == ["refused_consent"]
    assert intent_sentence(agent.predict(shopper)) == ""


# ----------------------------------------------------------------------------------------------------------------- ACP


def test_why_a_buyer_cancelled_is_read() -> None:
    trace = {
        "reason_code": "timing_deferred", "metadata": {"max_budget": 17999},
        "trace_summary": "Buyer wants to wait for next month's paycheck.", "mood": 1,
    }  # fmt: skip
    found = read_acp({"intent_trace": trace}, shopper_id="s1", as_of=AS_OF)
    (text,) = found.shopper.texts
    assert (text.channel, text.role, text.text) == ("chat", "shopper", trace["trace_summary"])
    assert found.warnings == ("unknown:intent_trace.mood", "written_by_platform:intent_trace.trace_summary")
    assert (found.shopper.shopper_id, found.shopper.as_of) == ("s1", AS_OF)
    assert read_acp({}).shopper.texts == ()
    assert read_acp({"intent_trace": {"reason_code": "other"}}).warnings == ()


# ------------------------------------------------------------------------------------------------------------ sentence


def predicted(intent: str, motivation: str, timing: str, barrier: str, **more: Any) -> Prediction:
    """A prediction with these labels, sure of each."""
    cdf = {"now": (1, 1, 1, 1), "within_7d": (0, 1, 1, 1), "within_30d": (0, 0, 1, 1), "within_90d": (0, 0, 0, 1)}
    bought = cdf.get(timing, (0, 0, 0, 0))
    return Prediction.model_validate({
        "shopper_id": "ada@example.com", "as_of": AS_OF, "status": "ok",
        "target": {"scope": "item", "id": "test-kit-7"},
        "intent": {
            "label": intent, "level": level_of(intent), "set": [intent], "abstained": False,  # type: ignore[arg-type]
            "probabilities": {name: float(name == intent) for name in INTENTS},
            "purchase_probability": {"value": bought[2]}, "declined": False, "repurchase": False,
            "sentiment": "neutral", **more,
        },
        "motivation": {
            "labels": [motivation], "probabilities": {name: float(name == motivation) for name in MOTIVATIONS},
            "barriers": {name: float(name == barrier) for name in BARRIERS},
        },
        "next_action": {"label": "compare", "probabilities": {"compare": 1.0}},
        "timing": {
            "label": timing, "probabilities": {name: float(name == timing) for name in TIMINGS},
            "cdf": dict(zip(("1", "7", "30", "90"), bought, strict=True)), "reasons": ["payday"],
        },
        "evidence": [{"supports": f"intent.{intent}", "source": "t1", "quote": "I am pregnant", "start": 0, "end": 13,
                      "weight": 0.5}],
        "provenance": {"engine": "local", "reason": "asked", "models": {}, "calibrated_on": "none", "latency_ms": 1.0},
    })  # fmt: skip


def test_the_sentence_says_stage_reason_time_and_what_matters() -> None:
    assert intent_sentence(predicted("consideration", "replacement", "within_7d", "price")) == (
        "Comparing products of one kind to replace an old one, likely within a week, price matters."
    )
    assert intent_sentence(predicted("ready", "unknown", "unknown", "no_need_now")) == "Ready to buy a chosen product."
    declined = predicted("consideration", "gift", "not_expected", "price", declined=True)
    assert intent_sentence(declined) == "Does not want the product, price matters."


def test_whatever_is_predicted_the_sentence_is_short_and_tells_nobody_s_secret() -> None:
    told = {
        intent_sentence(predicted(*labels)) for labels in itertools.product(INTENTS, MOTIVATIONS, TIMINGS, BARRIERS)
    }
    assert all(0 < len(one) <= 120 and one.count(".") == 1 for one in told)
    never = r"\d|@|\"|“|ada|test|kit|health|safe|birth|baby|pregnan|pay|salary|job|move|belie|ethic|identit|heal"
    assert not [one for one in told if re.search(never, one, re.IGNORECASE)]
    words = {word for one in told for word in re.findall(r"[a-z]+", one.lower())}
    assert len(words) < 90


def test_a_guess_is_not_told_on() -> None:
    sure = predicted("consideration", "replacement", "within_7d", "price")
    unsure = sure.model_copy(
        update={
            "motivation": sure.motivation.model_copy(  # type: ignore[union-attr]
                update={"probabilities": {"replacement": 0.4}, "barriers": {"price": 0.4}}
            ),
            "timing": sure.timing.model_copy(update={"probabilities": {"within_7d": 0.4}}),  # type: ignore[union-attr]
        }
    )
    assert intent_sentence(unsure) == "Comparing products of one kind."


@pytest.mark.usefixtures("needs_model")
def test_the_examples_give_sentences_that_can_be_sent_and_read_again() -> None:
    agent = PurchaseAgent("local")
    for line in EXAMPLES.read_text("utf-8").splitlines():
        given = json.loads(line)
        shopper = Shopper.model_validate({**given, "texts": given.get("texts", [])})
        told = intent_sentence(agent.predict(shopper))
        if told:
            assert not [text.text for text in shopper.texts if text.text in told]
            assert read_ucp({"context": {"intent": told}}).shopper.texts[0].text == told
