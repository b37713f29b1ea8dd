"""Events in words: each tells what, when and how it relates; a cut changes no word that stays."""

from purchase_agent.events import Step, from_steps
from purchase_agent.predictors.event_tokens import ASKED, CONTEXT, END, ID, WORDS, encode, prompt, spell

AT = 1_700_000_000.0


def told(ids):
    return [WORDS[one] for one in ids]


def test_an_event_is_what_when_and_how_it_relates():
    steps = [
        Step(AT, "view_item", "a", "shoes", 10.0),
        Step(AT + 20, "view_item", "b", "shoes", 20.0),
        Step(AT + 25, "add_to_cart", "b", "shoes"),
        Step(AT + 5 * 86_400, "search"),
        Step(AT + 5 * 86_400 + 40, "view_item", "a", "shoes"),
    ]
    assert spell(steps) == [
        ["view_item", "h5", "new_category", "p2"],
        ["view_item", "g2", "same_category", "p3"],
        ["add_to_cart", "g1", "same_item"],
        ["end", "a6", "search", "h5", "none"],
        ["view_item", "g3", "seen_item"],
    ]


def test_a_cut_changes_no_word_that_stays():
    steps = [Step(AT + 50 * k, "view_item", str(k % 7), str(k % 3), 5.0) for k in range(200)]
    whole, cut = encode(steps, 10_000), encode(steps, 60)
    assert len(cut.ids) <= 60
    assert cut.ids[1:] == whole.ids[-len(cut.ids) + 1 :]
    assert cut.first + len(cut.ends) == len(steps)


def test_the_prompt_says_how_long_it_has_been_quiet():
    steps = [Step(AT, "view_item", "a")]
    assert told(prompt(from_steps(steps, AT + 60))) == ["<s>", "view_item", "h5", "new", "idle4"]
    assert told(prompt(from_steps(steps, AT + 86_400 * 3)))[-2:] == [END, "idle12"]


def test_a_prompt_never_grows_beyond_the_context():
    steps = [Step(AT + 4000 * k, "view_item", str(k), str(k), 5.0) for k in range(900)]
    ids = prompt(from_steps(steps, AT + 4000 * 900))
    assert len(ids) <= CONTEXT
    assert ids[0] == ID["<s>"]


def test_every_word_is_its_own():
    assert len(set(WORDS)) == len(WORDS)
    assert set(ASKED) < set(WORDS)
