"""The rendered tools, as committed. Where one should change: ``purchase-agent tools --format F > the file``."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from purchase_agent.cli_tools import app, tools_schema
from purchase_agent.errors import InputError
from purchase_agent.tools.openai import openai_tools

GOLDEN = Path(__file__).parent / "golden" / "tools"


def _golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("form", "file"),
    [("openai", "openai"), ("openai-responses", "openai_responses"), ("langchain", "langchain"), ("mcp", "mcp")],
)
def test_the_rendered_tools_are_those_committed(form: str, file: str) -> None:
    if form == "langchain":
        pytest.importorskip("langchain")
    ended = CliRunner().invoke(app, ["--format", form])
    assert ended.exit_code == 0
    assert json.loads(ended.stdout) == _golden(file)


def test_those_with_a_context_are_those_committed() -> None:
    assert openai_tools(context=True) == _golden("openai_context")


def test_a_scope_is_kept_and_an_unknown_format_is_told() -> None:
    assert len(tools_schema("openai", "shopper")) == 3
    with pytest.raises(InputError, match="no format 'gemini'"):
        tools_schema("gemini")
