"""How much of the machine's int8 matrix peak the encoder reaches, and where the rest of a prediction's time goes.

Run ``python -m purchase_agent.eval.bench.peak [--quick] [--json] [--out FILE]``; needs the extra ``[train]`` (onnx).
The peak is the faster of two int8 products of ONNX Runtime (u8 x s8, 1024 each way), run in turns with the encoder, and
a fraction is of two speeds of one round. Counted are the multiply-adds of the graph's int8 weights for each token read;
those of attention (float) are told apart. There and by operator, rows are exactly 32 and 128 tokens long; the steps of
a prediction are those of texts so long, to which special tokens and the padding of their length bucket are added.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent.errors import MissingExtraError
from purchase_agent.eval.bench import samples
from purchase_agent.eval.bench.rounds import Laps, Runner, Spread, race, walls
from purchase_agent.eval.bench.table import Table, add_output, say, tell
from purchase_agent.evidence import read_shopper
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.calibrate import calibrate, split
from purchase_agent.predictors.local import LocalPredictor
from purchase_agent.predictors.ngrams import NgramModel
from purchase_agent.predictors.onnx_session import runtime
from purchase_agent.predictors.prepare import prepare
from purchase_agent.predictors.text import Piece, TextModel
from purchase_agent.settings import SHIPPED_MODELS, load_settings, model_folder

SIDE = 1024
BATCH = 32
_BATCHED = f"batch of {BATCH}"
_SINGLES = 8  # texts asked one by one in a lap
WIDTHS = (32, 128)
_OPERATORS = {"MatMulInteger": "", "MatMulIntegerToFloat": "com.microsoft"}
_STAGES = ("language, consent, order", "cleaning", "tokenizing", "encoder", "n-grams", "heads", "calibration")
_REST = "subjects, answers, Prediction"
_WHOLE = "all of it"
Rows = list[list[int]]


def int8_products(graph: Path) -> tuple[int, int]:
    """Multiply-adds of an encoder: int8 ones for each token, float ones for each pair of tokens (attention)."""
    onnx = _onnx()
    model = onnx.load(str(graph))
    sizes = {one.name: int(np.prod(one.dims)) for one in model.graph.initializer}
    dims = {one.name: tuple(one.dims) for one in model.graph.initializer}
    linear = [node.input[1] for node in model.graph.node if node.op_type in ("MatMulIntegerToFloat", "QAttention")]
    attention = [dims[node.input[1]][1] // 3 for node in model.graph.node if node.op_type == "QAttention"]
    return sum(sizes[name] for name in linear), 2 * sum(attention)


def fractions(model: TextModel, threads: int, rounds: int) -> list[dict[str, Any]]:
    """Speeds in 10^9 multiply-adds a second: of the two products, then of the encoder with its share of the peak."""
    each, attended = int8_products(model.folder / "encoder.onnx")
    products = [Runner(name, _product(name, threads), SIDE**3) for name in _OPERATORS]
    runners, about = [*products], {}
    for width in WIDTHS:
        rows = _rows(model, width)
        for mode, texts in (("single", rows[:_SINGLES]), (_BATCHED, rows)):
            name = f"encoder, {width} tokens, {mode}"
            steps = [[row] for row in texts] if mode == "single" else [texts]
            runners.append(Runner(name, partial(_run_all, model, steps), len(texts)))
            about[name] = (each * width, attended * width * width)
    laps = race(runners, rounds)
    turns = zip(*(laps[one] for one in _OPERATORS), strict=True)
    peaks = [max(1 / lap.wall for lap in turn if lap is not None) for turn in turns]
    records: list[dict[str, Any]] = [
        {"threads": threads, "name": name, "speed": asdict(_speed(laps[name], 1)), "of_peak": None, "float_share": None}
        for name in _OPERATORS
    ]
    for name, (integer, floating) in about.items():
        reached = [integer / lap.wall / peak for lap, peak in zip(laps[name], peaks, strict=True) if lap is not None]
        records.append(
            {
                "threads": threads, "name": name, "speed": asdict(_speed(laps[name], integer)),
                "of_peak": asdict(Spread.of(reached)), "float_share": floating / (floating + integer),
            }
        )  # fmt: skip
    return records


def _speed(laps: Laps, products: int) -> Spread:
    seconds = walls(laps)
    return Spread(*(products / one / 1e9 for one in (seconds.median, seconds.high, seconds.low)))


def _run_all(model: TextModel, steps: Sequence[Rows]) -> None:
    for rows in steps:
        model.pooled(rows)


def _rows(model: TextModel, width: int) -> Rows:
    """Token-id rows of exactly ``width``."""
    special = len(model.encode([Piece("", "chat", "en")])[0][0])
    texts = samples.of_length(model, width - special, BATCH)
    return model.encode([Piece(text, "chat", "en") for text in texts])[0]


def _product(operator: str, threads: int) -> Any:
    """A call that multiplies a u8 by an s8 matrix, ``SIDE`` each way; the right one is constant, as weights are."""
    onnx = _onnx()
    from onnx import TensorProto, helper, numpy_helper

    draw = np.random.default_rng(0)
    left = draw.integers(0, 255, (SIDE, SIDE)).astype(np.uint8)
    right = draw.integers(-127, 127, (SIDE, SIDE)).astype(np.int8)
    constants: dict[str, NDArray[Any]] = {"right": right}
    inputs, kind = ["left", "right"], TensorProto.INT32
    if operator == "MatMulIntegerToFloat":
        one = np.asarray(1e-3, np.float32)
        constants |= {"a": one, "b": one}
        inputs, kind = [*inputs, "a", "b"], TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node(operator, inputs, ["out"], domain=_OPERATORS[operator])],
        "product",
        [helper.make_tensor_value_info("left", TensorProto.UINT8, [SIDE, SIDE])],
        [helper.make_tensor_value_info("out", kind, [SIDE, SIDE])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    made = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=9)
    session = _session(made.SerializeToString(), threads)
    return lambda: session.run(None, {"left": left})


def operators(model: TextModel, rows: Rows, runs: int) -> dict[str, float]:
    """Type of operator -> microseconds a text in the encoder, by ONNX Runtime's own clock, one thread."""
    feeds = {
        "ids": np.asarray(rows, np.int32),
        "lengths": np.full(len(rows), len(rows[0]), np.int32),
    }
    with tempfile.TemporaryDirectory() as folder:
        session = _session(str(model.folder / "encoder.onnx"), 1, profile=f"{folder}/profile")
        for _ in range(runs):
            session.run(None, feeds)
        events = json.loads(Path(session.end_profiling()).read_text("utf-8"))
    took: dict[tuple[str, str], list[float]] = {}
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            took.setdefault((event["args"]["op_name"], event["args"]["node_index"]), []).append(event["dur"])
    spent: dict[str, float] = {}
    for (operator, _), durations in took.items():
        spent[operator] = spent.get(operator, 0.0) + median(durations) / len(rows)
    return dict(sorted(spent.items(), key=lambda item: -item[1]))


def _session(model: bytes | str, threads: int, *, profile: str = "") -> Any:
    onnxruntime = runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # as the predictor runs it
    options.log_severity_level = 3
    if profile:
        options.enable_profiling, options.profile_file_prefix = True, profile
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class _Stages:
    """The steps of a prediction without evidence, each ready to run alone on what the one before gave."""

    def __init__(self, model: TextModel, texts: Sequence[str]) -> None:
        self.model, self.texts, self.now = model, texts, datetime.now(UTC)
        self.predictor = LocalPredictor(model.folder, SHIPPED_MODELS / "behaviour", SHIPPED_MODELS / "timing")
        self.ngrams = NgramModel.load(model.folder / "ngrams.npz")
        with np.load(model.folder / "heads.npz", allow_pickle=False) as heads:
            self.weight, self.bias = heads["weight"].astype(np.float32), heads["bias"].astype(np.float32)
        self.cases = self.prepare()
        self.pieces = self.clean()
        self.rows = model.encode(self.pieces)[0]
        self.pooled = model.pooled(self.rows)
        encoder, ngrams, _ = model.scores(self.pieces)
        self.scores = split(encoder), split(ngrams)

    def prepare(self) -> list[Case]:
        return [prepare(read_shopper(text), self.now) for text in self.texts]

    def clean(self) -> list[Piece]:
        return [
            self.model.piece(text.text, text.channel, language)
            for case in self.cases
            for text, language in zip(case.texts, case.languages, strict=True)
        ]

    def heads(self) -> list[NDArray[np.float32]]:
        return [features @ self.weight + self.bias for features in self.pooled]

    def calibrate(self) -> object:
        return calibrate(*self.scores, [piece.language for piece in self.pieces], self.model.calibration)

    def whole(self) -> object:
        return self.predictor.predict(self.prepare(), "none")

    def works(self) -> dict[str, Callable[[], object]]:
        steps: tuple[Callable[[], object], ...] = (
            self.prepare, self.clean, lambda: self.model.encode(self.pieces), lambda: self.model.pooled(self.rows),
            lambda: self.ngrams.logits([(piece.text, piece.channel) for piece in self.pieces]), self.heads,
            self.calibrate,
        )  # fmt: skip
        return {**dict(zip(_STAGES, steps, strict=True)), _WHOLE: self.whole}


def stages(model: TextModel, calls: Sequence[Sequence[str]], rounds: int) -> dict[str, float]:
    """Step -> microseconds a text when each call asks for its texts; what is left of the whole stands as ``_REST``."""
    works = [_Stages(model, texts).works() for texts in calls]
    texts = sum(map(len, calls))
    laps = race([Runner(name, partial(_in_turn, [one[name] for one in works]), texts) for name in works[0]], rounds)
    out = {name: walls(own).median * 1e6 for name, own in laps.items()}
    rests = []
    for whole, *parts in zip(laps[_WHOLE], *(laps[name] for name in _STAGES), strict=True):
        if whole is not None:
            rests.append(whole.wall - sum(part.wall for part in parts if part is not None))
    return {**{name: out[name] for name in _STAGES}, _REST: median(rests) * 1e6, _WHOLE: out[_WHOLE]}


def _in_turn(works: Sequence[Callable[[], object]]) -> None:
    for work in works:
        work()


def _onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError("counting the encoder's products", "train") from error
    return onnx


def _tables(results: dict[str, Any]) -> list[Table]:
    rows = []
    for one in results["peak"]:
        speed, share = one["speed"], one["of_peak"]
        rows.append(
            [
                f"{one['name']}, threads: {one['threads']}", f"{speed['median']:.1f}",
                f"{speed['low']:.1f}-{speed['high']:.1f}", f"{share['median']:.0%}" if share else "",
                f"{share['low']:.0%}-{share['high']:.0%}" if share else "",
                f"{one['float_share']:.0%}" if share else "",
            ]
        )  # fmt: skip
    columns = ("", "int8 10^9 multiply-adds/s", "min-max", "of the peak", "min-max", "float on top (attention)")
    tables = [Table(f"int8 peak (product of {SIDE} x {SIDE} matrices) and the encoder", columns, rows)]
    for key, title in (
        ("operators", "Inside the encoder: microseconds a text by operator, one thread"),
        ("stages", "One prediction, evidence none: microseconds a text, one thread"),
    ):
        shapes = results[key]
        names = sorted({name for one in shapes.values() for name in one}, key=_order(next(iter(shapes.values()))))
        rows = [[name, *(f"{one.get(name, 0.0):.0f}" for one in shapes.values())] for name in names]
        tables.append(Table(title, ("", *shapes), rows))
    return tables


def _order(names: dict[str, float]) -> Any:
    places = list(names)
    return lambda name: places.index(name) if name in names else len(places)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="peak", description="The share of the int8 peak, and where the rest goes.")
    parser.add_argument("--quick", action="store_true", help="few rounds: shows that it runs, says little")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], metavar="N")
    add_output(parser)
    arguments = parser.parse_args(argv)
    rounds = 3 if arguments.quick else 15
    folder = model_folder(load_settings().models_dir, "text")
    results: dict[str, Any] = {"peak": [], "operators": {}, "stages": {}}
    for threads in arguments.threads:
        say(f"peak, {threads} threads")
        results["peak"] += fractions(TextModel(folder, threads=threads), threads, rounds)
    model = TextModel(folder)
    for width in WIDTHS:
        rows, texts = _rows(model, width), samples.of_length(model, width, BATCH)
        for mode, count, calls in (("single", 1, [[text] for text in texts[:_SINGLES]]), (_BATCHED, BATCH, [texts])):
            say(f"steps, {width} tokens, {mode}")
            shape = f"{width} tokens, {mode}"
            results["operators"][shape] = operators(model, rows[:count], rounds)
            results["stages"][shape] = stages(model, calls, rounds)
    tell(arguments, _tables(results), results)


if __name__ == "__main__":
    main()
