"""A prompt ready to be asked, in the languages that it is written in."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from purchase_agent.chat.request import Failure
from purchase_agent.errors import PromptError
from purchase_agent.evidence import read_shopper
from purchase_agent.prediction import Prediction
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.cascade import Cascade
from purchase_agent.predictors.llm.asking import Asking, load_asking
from purchase_agent.predictors.llm.predictor import LlmPredictor
from purchase_agent.predictors.llm.shown import show
from purchase_agent.predictors.prepare import prepare
from purchase_agent.prompts import shipped_prompts
from tests.predictors.llm.model import FakeModel, predictor


@pytest.fixture
def english(tmp_path: Path) -> Asking:
    """The shipped prompt without its Chinese half."""
    shipped = (shipped_prompts() / "purchase/zero.prompt.md").read_text("utf-8")
    own = tmp_path / "purchase" / "zero.prompt.md"
    own.parent.mkdir()
    own.write_text(re.sub(r"^=== language zh$.*", "", shipped, flags=re.MULTILINE | re.DOTALL), encoding="utf-8")
    return load_asking("purchase/zero", [tmp_path])


def case(text: str) -> Case:
    return prepare(read_shopper(text), datetime(2026, 11, 22, 10, tzinfo=UTC))


def asked_by(asking: Asking, model: FakeModel, folder: Path) -> LlmPredictor:
    local = predictor(model, folder).local
    return LlmPredictor(model, local, [asking], folder)  # type: ignore[arg-type]


def test_a_prompt_says_which_language_it_lacks(english: Asking) -> None:
    assert english.prompt.languages == ("en",)
    assert english.messages(show(case("My kettle broke"), [0]).inputs)
    with pytest.raises(PromptError, match=r"zero\.prompt\.md: not written in 'zh' \(add `=== language zh`"):
        english.messages(show(case("水壶坏了"), [0]).inputs)


@pytest.mark.usefixtures("needs_model")
def test_nothing_is_asked_in_a_language_that_the_prompt_is_not_written_in(english: Asking, tmp_path: Path) -> None:
    model = FakeModel()
    made = asked_by(english, model, tmp_path)
    first, other, last = made.predict([case("My kettle broke"), case("水壶坏了"), case("Which one?")], "none", 5.0)
    assert isinstance(first, Prediction)
    assert isinstance(other, Failure)
    assert (other.kind, other.attempts) == ("prompt_language", 0)
    assert isinstance(last, Prediction)
    assert len(model.asked) == 2


@pytest.mark.usefixtures("needs_model")
def test_one_prompt_of_several_is_enough_to_lack_a_language(english: Asking, tmp_path: Path) -> None:
    made = asked_by(english, FakeModel(), tmp_path)
    made.askings.insert(0, load_asking("intent/zero", [shipped_prompts()]))
    (given,) = made.predict([case("水壶坏了")], "none", 5.0)
    assert isinstance(given, Failure)
    assert given.kind == "prompt_language"


@pytest.mark.usefixtures("needs_model")
def test_a_shopper_in_another_language_is_answered_locally_and_told_why(english: Asking, tmp_path: Path) -> None:
    llm = asked_by(english, FakeModel(), tmp_path)
    one, other = Cascade(llm.local, llm, 5.0, "always").predict([case("My kettle broke"), case("水壶坏了，想换个新的")])
    assert (one.provenance.engine, one.provenance.reason) == ("llm", "asked")
    assert (other.provenance.engine, other.provenance.reason) == ("local", "fallback:prompt_language")
    assert other.status == "ok"
