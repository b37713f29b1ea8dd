"""The benchmarks take turns, pair what belongs together, measure what they say and tell it plainly."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from purchase_agent.clean import clean
from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.eval.bench import cold, samples, speed
from purchase_agent.eval.bench.rounds import Lap, Laps, Runner, Spread, cpu_ratio, race, ratio, walls
from purchase_agent.eval.bench.table import Table, Target, add_output, judged, tell, verdict


class _Words:
    """Stands for the text model: a token is a character that is no space, and two frame each text."""

    def encode(self, pieces):
        return [[0, *(1 for char in piece.text if char != " "), 0] for piece in pieces], [False] * len(pieces)


_MODEL: Any = _Words()


def test_competitors_take_turns_and_a_slow_one_runs_less_often():
    calls: list[str] = []
    names = {"a": 1, "b": 1, "c": 2}
    runners = [Runner(name, partial(calls.append, name), 1, every) for name, every in names.items()]
    laps = race(runners, 3, pause=0)
    assert "".join(calls) == "ab" + "abc" + "ba" + "cab"  # one run each that does not count, c being slow
    assert [lap is not None for lap in laps["c"]] == [True, False, True]
    assert all(len(own) == 3 for own in laps.values())


def test_a_lap_is_told_for_one_text(monkeypatch):
    clock = iter([0.0, 8.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    laps = race([Runner("a", lambda: None, 4, every=2)], 1, pause=0)
    assert walls(laps["a"]) == Spread(2.0, 2.0, 2.0)


def test_ratios_are_of_one_round():
    slow: Laps = [Lap(4.0, 8.0), None, Lap(40.0, 40.0)]  # the machine was ten times slower in the last round
    fast: Laps = [Lap(1.0, 2.0), Lap(1.0, 1.0), Lap(8.0, 5.0)]
    assert ratio(slow, fast) == Spread(4.5, 4.0, 5.0)
    assert cpu_ratio(slow, fast) == Spread(6.0, 4.0, 8.0)
    assert walls(slow) == Spread(22.0, 4.0, 40.0)


def test_samples_have_exactly_the_tokens_asked_for_and_differ():
    texts = samples.of_length(_MODEL, 40, 12)
    assert len(set(texts)) == 12
    assert {len(text.replace(" ", "")) for text in texts} == {40}
    assert all(a.isascii() and not b.isascii() for a, b in zip(texts[::2], texts[1::2], strict=True))
    assert [clean(text).text for text in texts] == texts


def test_mixed_samples_differ_in_text_and_length():
    texts = samples.mixed(64)
    assert len(set(texts)) == 64
    assert len({len(text) for text in texts}) > 20
    assert all(clean(text).text == text for text in texts)


def test_more_tokens_than_there_are_words_for_is_said():
    with pytest.raises(InputError, match="no 1 texts of 100000 tokens"):
        samples.of_length(_MODEL, 100_000, 1)


def test_a_table_is_aligned():
    lines = str(Table("title", ("", "a", "long"), [["name", "1", "2"], ["n", "100", "20000"]], ("note",))).splitlines()
    assert lines[0] == "title"
    assert lines[-1] == "note"
    assert [line.split() for line in lines[3:5]] == [["name", "1", "2"], ["n", "100", "20000"]]
    assert all(len(a) == len(b) for a, b in pairwise([lines[1], *lines[3:5]]))


@pytest.mark.parametrize(("value", "least", "most"), [(4.0, "yes", "yes"), (4.1, "yes", "NO"), (3.9, "NO", "yes")])
def test_a_target_is_told_with_its_verdict(value, least, most):
    assert verdict(judged(Target(4, at_least=True, unit="x"), value)) == f">= 4x {least}"
    assert verdict(judged(Target(4, at_least=False, unit="x"), value)) == f"<= 4x {most}"
    assert not verdict(judged(None, value))


def test_results_are_told_as_tables_or_json_and_written(capsys, tmp_path):
    parser = argparse.ArgumentParser()
    add_output(parser)
    out = tmp_path / "out.json"
    tell(parser.parse_args(["--json", "--out", str(out)]), [], {"speed": [1]})
    printed = capsys.readouterr().out
    assert out.read_text("utf-8") == printed
    assert json.loads(printed)["speed"] == [1]
    assert json.loads(printed)["machine"]["cores"] >= 1
    tell(parser.parse_args([]), [Table("title", ("", "x"), [["a", "1"]])], {})
    assert "title" in capsys.readouterr().out


def test_a_child_is_measured():
    used = cold.cost([sys.executable, "-c", "x = bytearray(10**6)"])
    assert 0 < used.cpu < 60
    assert used.wall > 0
    assert used.memory > 1


def test_a_child_that_fails_is_told_with_its_last_word():
    with pytest.raises(PurchaseAgentError, match="ended with status 1: no"):
        cold.cost([sys.executable, "-c", "import sys; sys.exit('no')"])


def test_each_number_of_threads_has_a_process_whose_pools_have_that_size(monkeypatch, capsys):
    asked = []

    def child(command, env, **_):
        threads = int(env["PURCHASE_AGENT_THREADS"])
        asked.append((command[-2:], env["OMP_NUM_THREADS"], env["RAYON_NUM_THREADS"]))
        laps: dict[str, Laps] = {
            speed.OURS: [Lap(0.002, 0.002)] * 2,
            speed.FAST: [Lap(0.009, 0.01)] * 2,
            "transformers pipeline": [Lap(0.01, 0.02)] * 2,
        }
        found = {"speed": speed.records(laps, {"threads": threads, "tokens": 32, "mode": "single"}), "linear": []}
        return argparse.Namespace(stdout=json.dumps(found))

    monkeypatch.setattr(subprocess, "run", child)
    speed.main(["--threads", "1", "2"])
    assert asked == [(["--here", "1"], "1", "1"), (["--here", "2"], "2", "2")]
    printed = capsys.readouterr().out
    assert printed.count("32 tokens, single, threads: ") == 2
    (pipeline, _) = (line.split() for line in printed.splitlines() if line.startswith("transformers pipeline"))
    assert pipeline[2:] == ["10.00", "10.00-10.00", "100", "5.00x", "5.00-5.00", "10.00x", ">=", "4x", "yes"]
    assert printed.count("<= 4x NO") == 2  # evidence fast takes 4.5 times as long as none


def test_cold_figures_are_paired_and_judged():
    one = cold.Cost
    costs = {
        cold.OURS: [one(0.4, 0.5, 120), one(0.8, 0.9, 130)],
        cold.PIPELINE: [one(4.0, 4.0, 400), one(6.4, 6.0, 410)],
        cold.HELP: [one(0.2, 0.2, 60), one(0.3, 0.3, 60)],
    }
    found = {(figure["name"], figure["unit"]): figure for figure in cold.figures(costs)}
    assert found["ours / pipeline", "CPU time"]["median"] == pytest.approx((0.1 + 0.125) / 2)
    assert found["ours / pipeline", "CPU time"]["reached"] is True
    assert found[cold.OURS, "CPU s"]["reached"] is False
    assert found[cold.OURS, "peak MB"]["reached"] is True
    assert found[cold.PIPELINE, "peak MB"]["target"] is None


def test_the_rival_reads_our_tokenizer_in_a_frame(tmp_path):
    pytest.importorskip("transformers")
    from purchase_agent.eval.bench import rivals

    vocabulary = {name: place for place, name in enumerate(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "buy", "it"))}
    specification: dict[str, Any] = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
        "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": None, "decoder": None,
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 60, "vocab": vocabulary,
        },
    }  # fmt: skip
    source = tmp_path / "tokenizer.json"
    source.write_text(json.dumps(specification), "utf-8")
    rivals.save(source, tmp_path / "model")
    labels: Any = rivals.pipeline(tmp_path / "model").many(["buy it", "it"])
    assert len(labels) == 2
    chances: Any = rivals.vectors(tmp_path / "model").many(["buy it", "it"])
    assert chances.shape == (2, 6)


def test_products_of_a_graph_are_counted(tmp_path):
    onnx = pytest.importorskip("onnx")
    import numpy as np

    from purchase_agent.eval.bench.peak import int8_products

    helper, tensor = onnx.helper, onnx.TensorProto
    weights = {"qkv": np.zeros((4, 12), np.int8), "up": np.zeros((4, 10), np.int8), "bias": np.zeros(10, np.float32)}
    nodes = [
        helper.make_node("QAttention", ["x", "qkv"], ["y"], domain="com.microsoft"),
        helper.make_node("MatMulIntegerToFloat", ["y", "up"], ["z"], domain="com.microsoft"),
        helper.make_node("Add", ["z", "bias"], ["out"]),
    ]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", tensor.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("out", tensor.FLOAT, [1, 10])],
        [onnx.numpy_helper.from_array(value, name) for name, value in weights.items()],
    )  # fmt: skip
    onnx.save(helper.make_model(graph), str(tmp_path / "g.onnx"))
    assert int8_products(tmp_path / "g.onnx") == (4 * 12 + 4 * 10, 2 * 4)
