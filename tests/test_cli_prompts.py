import json
from pathlib import Path

import pytest

from purchase_agent.cli_predict import DONE, FAILED
from purchase_agent.cli_prompts import prompts_list, prompts_render, prompts_show
from purchase_agent.errors import InputError
from purchase_agent.prompts import list_prompts, shipped_prompts

SHIPPED = [shipped_prompts()]


def test_all_prompts_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert prompts_list(SHIPPED, as_json=True) == DONE
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found] == [one.name for one in list_prompts(SHIPPED)]
    assert found[0].keys() == {"name", "version", "description", "path", "overrides", "error"}
    assert prompts_list(SHIPPED, as_json=False) == DONE
    assert "purchase/tuned" in capsys.readouterr().out


def test_a_prompt_that_cannot_be_used_is_listed_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "purchase").mkdir()
    (tmp_path / "purchase" / "zero.prompt.md").write_text("hello")
    assert prompts_list([tmp_path, *SHIPPED], as_json=True) == FAILED
    (broken,) = [one for one in json.loads(capsys.readouterr().out) if one["error"]]
    assert (broken["name"], broken["overrides"]) == ("purchase/zero", True)
    assert "no front matter" in broken["error"]
    assert prompts_list([tmp_path], as_json=False) == FAILED
    assert "cannot be used" in capsys.readouterr().out


def test_a_prompt_is_shown_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert prompts_show("purchase/tuned", SHIPPED) == DONE
    out, err = capsys.readouterr()
    assert out == (SHIPPED[0] / "purchase/tuned.prompt.md").read_text("utf-8")
    assert "sha256 " in err


@pytest.mark.parametrize(("text", "today"), [("My kettle broke. Which one is quiet?", "Today: "), ("有货吗", "今天：")])
def test_a_prompt_is_rendered_for_a_text(text: str, today: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert prompts_render("purchase/few", text, SHIPPED, language=None, as_json=True) == DONE
    messages = json.loads(capsys.readouterr().out)
    assert [one["role"] for one in messages] == ["system", *["user", "assistant"] * 6, "user"]
    assert messages[-1]["content"].startswith(today)
    assert prompts_render("purchase/zero", text, SHIPPED, language="zh", as_json=False) == DONE
    out = capsys.readouterr().out
    assert out.startswith("--- system\n阅读")
    assert "--- user\n今天：" in out


def test_nothing_moves_the_cursor_of_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    prompts_render("intent/zero", "My kettle \x1b[31mbroke\u202e now", SHIPPED, language="en", as_json=False)
    out = capsys.readouterr().out
    assert not {"\x1b", "\u202e"} & set(out)


def test_a_text_without_words_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to send"):
        prompts_render("purchase/zero", "   ", SHIPPED, language=None, as_json=False)
