"""The behaviour model as an ONNX graph: float32, written operator by operator.

Inputs: ``ids`` and ``positions`` int64 [batch, words], ``sees`` float32 [words, words] and ``known`` float32
[batch, words], both 0 where a word may be looked at and a large negative number where not. Output ``logits`` float32
[batch, tail, words of the language] for the last ``tail`` places, where the questions stand: in the last layer nothing
else is computed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper
from transformers import GPT2LMHeadModel

from purchase_agent.predictors.behaviour import TAIL
from purchase_agent.training.onnx_nodes import Nodes


def _array(parameter: torch.Tensor) -> NDArray[np.float32]:
    return parameter.detach().float().numpy()


def build(model: GPT2LMHeadModel, path: Path) -> None:
    """Writes the graph of ``model``."""
    config, n = model.config, Nodes()
    heads, width = config.n_head, config.n_embd
    words = n.constant("words", _array(model.transformer.wte.weight))
    places = n.constant("places", _array(model.transformer.wpe.weight))
    n.node("Add", [n.node("Gather", [words, "ids"], "word"), n.node("Gather", [places, "positions"], "place")], "in")
    one, axes = np.asarray([1], np.int64), np.asarray([1, 2], np.int64)
    n.node("Unsqueeze", ["known", n.constant("axes", axes)], "known4")
    n.node("Add", ["sees", "known4"], "mask")
    n.constant("tail.begin", np.asarray([-TAIL], np.int64))
    n.constant("tail.end", np.asarray([np.iinfo(np.int64).max], np.int64))
    n.constant("tail.words", one)
    n.constant("tail.rows", np.asarray([2], np.int64))
    n.constant("split", np.asarray([0, 0, heads, width // heads], np.int64))
    n.constant("merge", np.asarray([0, 0, width], np.int64))
    n.constant("scale", np.asarray(1 / np.sqrt(width // heads), np.float32))
    hidden = "in"
    for index, block in enumerate(model.transformer.h):
        hidden = _block(n, hidden, f"{index}", block, width, last=index == config.n_layer - 1)
    final = _norm(n, hidden, "final", model.transformer.ln_f)
    n.node("MatMul", [final, n.constant("out", _array(model.lm_head.weight).T)], "logits")
    _write(n, path, config.vocab_size)


def _block(n: Nodes, hidden: str, name: str, block: torch.nn.Module, width: int, *, last: bool) -> str:
    normed = _norm(n, hidden, f"{name}.ln_1", block.ln_1)
    asked, mask = normed, "mask"
    if last:
        asked = n.node("Slice", [normed, "tail.begin", "tail.end", "tail.words"], f"{name}.asked")
        hidden = n.node("Slice", [hidden, "tail.begin", "tail.end", "tail.words"], f"{name}.kept")
        mask = n.node("Slice", ["mask", "tail.begin", "tail.end", "tail.rows"], f"{name}.mask")
    weight, bias = _array(block.attn.c_attn.weight), _array(block.attn.c_attn.bias)
    parts = []
    for place, (part, source) in enumerate((("q", asked), ("k", normed), ("v", normed))):
        columns = slice(place * width, (place + 1) * width)
        parts.append(_heads(n, _affine(n, source, f"{name}.{part}", weight[:, columns], bias[columns]), part == "k"))
    query, key, value = parts
    scores = n.node("Mul", [n.node("MatMul", [query, key], f"{name}.raw"), "scale"], f"{name}.scaled")
    n.node("Add", [scores, mask], f"{name}.masked")
    shares = n.node("Softmax", [f"{name}.masked"], f"{name}.shares", axis=-1)
    mixed = n.node("MatMul", [shares, value], f"{name}.mixed")
    n.node("Transpose", [mixed], f"{name}.back", perm=[0, 2, 1, 3])
    n.node("Reshape", [f"{name}.back", "merge"], f"{name}.merged")
    project = block.attn.c_proj
    told = _affine(n, f"{name}.merged", f"{name}.attended", _array(project.weight), _array(project.bias))
    hidden = n.node("Add", [hidden, told], f"{name}.middle")
    normed = _norm(n, hidden, f"{name}.ln_2", block.ln_2)
    up, down = block.mlp.c_fc, block.mlp.c_proj
    wide = _affine(n, normed, f"{name}.up", _array(up.weight), _array(up.bias))
    active = n.node("Gelu", [wide], f"{name}.gelu", approximate="tanh")
    narrow = _affine(n, active, f"{name}.down", _array(down.weight), _array(down.bias))
    return n.node("Add", [hidden, narrow], f"{name}.out")


def _affine(n: Nodes, source: str, name: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
    product = n.node("MatMul", [source, n.constant(f"{name}.weight", weight)], f"{name}.product")
    return n.node("Add", [product, n.constant(f"{name}.bias", bias)], name)


def _heads(n: Nodes, source: str, across: bool) -> str:  # noqa: FBT001 - keys stand across
    n.node("Reshape", [source, "split"], f"{source}.split")
    return n.node("Transpose", [f"{source}.split"], f"{source}.heads", perm=[0, 2, 3, 1] if across else [0, 2, 1, 3])


def _norm(n: Nodes, source: str, name: str, norm: torch.nn.Module) -> str:
    gain, shift = n.constant(f"{name}.gain", _array(norm.weight)), n.constant(f"{name}.shift", _array(norm.bias))
    return n.node("LayerNormalization", [source, gain, shift], name, axis=-1, epsilon=norm.eps)


def _write(n: Nodes, path: Path, language: int) -> None:
    whole = helper.make_tensor_value_info
    inputs = [
        whole("ids", TensorProto.INT64, ["batch", "words"]),
        whole("positions", TensorProto.INT64, ["batch", "words"]),
        whole("sees", TensorProto.FLOAT, ["words", "words"]),
        whole("known", TensorProto.FLOAT, ["batch", "words"]),
    ]
    output = whole("logits", TensorProto.FLOAT, ["batch", TAIL, language])
    graph = helper.make_graph(n.nodes, "behaviour", inputs, [output], list(n.constants.values()))
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), str(path))
