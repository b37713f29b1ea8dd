"""The profiles that ship: what they claim fits and has a source, and a file that is wrong is told where."""

import pytest

from purchase_agent.errors import SettingsError
from purchase_agent.serve.profile import load_profile, names, parse_profile

FREE = {"Apache-2.0", "MIT"}


def test_the_profiles_of_the_command_line_ship():
    assert set(names()) == {"24gb", "cpu", "h200"}


@pytest.mark.parametrize("name", names())
def test_every_model_fits_with_room_for_several_whole_prompts(name):
    profile = load_profile(name)
    assert profile.name == name
    for model in (profile.model, *profile.alternates):
        assert profile.cached_tokens(model) >= 3 * profile.engine.max_model_len, model.id
        assert profile.engine.max_model_len <= model.context
        assert model.licence in FREE
        assert (model.thinks == "switchable") == bool(model.template)
        assert (model.thinks == "always") == (model.reasoning_parser is not None)
    assert {"en", "zh"} <= set(profile.model.languages)
    assert profile.model.thinks != "always"  # an answer of at most 130 tokens has no room for thoughts
    assert profile.engine.max_queued > profile.engine.max_num_seqs
    assert profile.not_verified


@pytest.mark.parametrize(
    ("name", "token_bytes", "tokens"), [("24gb", 147_456, 24_956), ("cpu", 114_688, 37_493), ("h200", 98_304, 619_506)]
)
def test_the_sums_in_the_files_are_right(name, token_bytes, tokens):
    profile = load_profile(name)
    assert profile.model.token_bytes() == token_bytes
    assert profile.cached_tokens(profile.model) == tokens


def test_a_model_is_found_by_its_id():
    profile = load_profile("24gb")
    assert profile.served(None) is profile.model
    assert profile.served(profile.alternates[0].id) is profile.alternates[0]
    assert profile.served("models/mine") is None


def test_an_unknown_profile_is_told_with_the_known_ones():
    with pytest.raises(SettingsError, match="24gb, cpu, h200"):
        load_profile("../h200")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"a: [", "not YAML"),
        (b"name: x\nabuot: y", "the profile mine: about"),
        (b"[]", "the profile mine: the file"),
        (b"!!python/object/apply:os.system [ls]", "not YAML"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(raw, told):
    with pytest.raises(SettingsError, match=told):
        parse_profile(raw, "mine")
