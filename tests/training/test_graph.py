"""The int8 graph against the training framework: tolerance is stated as cosine and as the change of probabilities."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")
onnx = pytest.importorskip("onnx", reason="needs the extra [train]")

import onnxruntime
from onnx import numpy_helper
from transformers import BertConfig

from purchase_agent.predictors.calibrate import OUTPUTS, softmax, split
from purchase_agent.predictors.text import TextModel
from purchase_agent.settings import SHIPPED_MODELS
from purchase_agent.training import batches, encoder, graph

COSINE = 0.995
"""Least cosine between pooled features of the int8 graph and of float32 torch, for trained-like weights."""


def tiny(seed=0):
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=300, hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96,
        max_position_embeddings=64,
    )  # fmt: skip
    return encoder.blank(config).eval()


def rows(count=24, seed=1):
    rng = random.Random(seed)
    return [[2, 5, *(rng.randrange(10, 300) for _ in range(rng.randrange(1, 20))), 3] for _ in range(count)]


def run(path, some, width=None):
    ids, mask = batches.pad(some)
    ids = ids.numpy().astype(np.int32)
    if width:
        ids = np.pad(ids, ((0, 0), (0, width - ids.shape[1])))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"ids": ids, "lengths": mask.sum(1).numpy().astype(np.int32)})[0]


def in_torch(model, some):
    ids, mask = batches.pad(some)
    with torch.no_grad():
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    return torch.cat([encoder.mean_pool(hidden, mask), hidden[:, 0]], 1).numpy()


def cosine(a, b):
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def test_int8_graph_equals_torch_within_tolerance(tmp_path):
    model, some = tiny(), rows()
    graph.build(model, graph.observe(model, some), tmp_path / "e.onnx")
    assert cosine(run(tmp_path / "e.onnx", some), in_torch(model, some)).min() > COSINE


def test_rows_do_not_depend_on_their_batch(tmp_path):
    model, some = tiny(), rows()
    graph.build(model, graph.observe(model, some), tmp_path / "e.onnx")
    together = run(tmp_path / "e.onnx", some, 24)
    alone = np.concatenate([run(tmp_path / "e.onnx", [row], 24) for row in some])
    assert np.array_equal(together, alone)


def test_int8_weights_keep_each_column_within_half_a_step():
    weight = np.random.default_rng(0).normal(size=(40, 7)).astype(np.float32)
    values, scale = graph.quantise(weight)
    assert np.abs(values * scale - weight).max() <= (scale / 2).max() * 1.001


def shipped_in_torch(folder, layers=6):
    """The shipped weights, taken out of the graph, in a torch encoder with float32 activations."""
    constants = {c.name: numpy_helper.to_array(c) for c in onnx.load(str(folder / "encoder.onnx")).graph.initializer}

    def tensor(array):
        return torch.tensor(np.asarray(array, np.float32))

    words = constants["words"] * constants["words.scale"]
    width = words.shape[1]
    config = BertConfig(
        vocab_size=len(words), hidden_size=width, num_hidden_layers=layers, num_attention_heads=12,
        intermediate_size=constants["0.up.weight"].shape[1], max_position_embeddings=len(constants["places"]),
    )  # fmt: skip
    model = encoder.blank(config).eval()
    state = {
        "embeddings.word_embeddings.weight": words,
        "embeddings.position_embeddings.weight": constants["places"],
        "embeddings.token_type_embeddings.weight": np.zeros((2, width)),
        "embeddings.LayerNorm.weight": constants["embed.gain"],
        "embeddings.LayerNorm.bias": constants["embed.shift"],
    }
    for index in range(layers):
        place, name = f"encoder.layer.{index}", str(index)
        qkv = (constants[f"{name}.qkv"] * constants[f"{name}.qkv.scale"]).T
        for part, key in enumerate(("query", "key", "value")):
            state[f"{place}.attention.self.{key}.weight"] = qkv[part * width : (part + 1) * width]
            state[f"{place}.attention.self.{key}.bias"] = constants[f"{name}.qkv.bias"][
                part * width : (part + 1) * width
            ]
        for ours, theirs in (
            ("output", "attention.output.dense"), ("up", "intermediate.dense"), ("down", "output.dense"),
        ):  # fmt: skip
            state[f"{place}.{theirs}.weight"] = (
                constants[f"{name}.{ours}.weight"] * constants[f"{name}.{ours}.weight_scale"]
            ).T
            state[f"{place}.{theirs}.bias"] = constants[f"{name}.{ours}.bias"]
        for ours, theirs in (("attended", "attention.output.LayerNorm"), ("out", "output.LayerNorm")):
            state[f"{place}.{theirs}.weight"] = constants[f"{name}.{ours}.weight"]
            state[f"{place}.{theirs}.bias"] = constants[f"{name}.{ours}.bias"]
    model.load_state_dict({name: tensor(array) for name, array in state.items()}, strict=False)
    return model


def own_texts(count):
    """Texts written for the package, half of them Chinese, with their channels."""
    found = []
    for name in ("en_hard", "zh_motives"):
        with (Path(__file__).parents[2] / "eval/data/written" / f"{name}.jsonl").open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line, _ in zip(lines, range(count // 2), strict=False)]
        found += [(row["text"], row["channel"]) for row in rows]
    return found


def test_the_shipped_graph_equals_torch_within_tolerance():
    """Same weights, int8 against float32 activations: labels of intent agree and probabilities differ little."""
    model = TextModel(SHIPPED_MODELS / "text")
    texts = own_texts(200)
    some, _ = model.encode([model.piece(text, channel, "en") for text, channel in texts])
    int8, float32 = model.pooled(some), in_torch(shipped_in_torch(model.folder), some)
    assert cosine(int8, float32).min() > 0.97
    heads = [split(part @ model._weight + model._bias) for part in (int8, float32)]
    for task in ("intent", "timing", "next_action"):
        a, b = (softmax(part[task]) for part in heads)
        assert np.abs(a - b).mean() < 0.02
        assert a.shape[1] == OUTPUTS[task]
    agree = [part["intent"].argmax(1) for part in heads]
    assert (agree[0] == agree[1]).mean() >= 0.94
