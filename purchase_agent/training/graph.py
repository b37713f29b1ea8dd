"""The encoder as an ONNX graph: int8 weights, static int8 activations, fused operators of ONNX Runtime.

The graph is written operator by operator instead of traced, so that it is small (thirteen nodes a layer), needs no
optimiser when it loads and holds nothing that depends on the batch: activation scales are constants, so a row gives
the same answer alone and among others.

Input ``ids`` int32 [batch, tokens] (0 pads on the right) and ``lengths`` int32 [batch]; output ``pooled`` float32
[batch, 2 * width]: mean over the tokens, then the first token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper
from transformers import BertModel

from purchase_agent.predictors.text import MAX_TOKENS
from purchase_agent.training.batches import pad
from purchase_agent.training.onnx_nodes import Nodes

MICROSOFT = "com.microsoft"
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Range:
    """Observed range of an activation; the quantised zero is exact."""

    low: float
    high: float

    @property
    def scale(self) -> float:
        return max((max(self.high, 0.0) - min(self.low, 0.0)) / 255, 1e-8)

    @property
    def zero_point(self) -> int:
        return int(np.clip(round(-min(self.low, 0.0) / self.scale), 0, 255))


def observe(model: BertModel, rows: Sequence[Sequence[int]], clip: float = 1e-5) -> dict[str, Range]:
    """Ranges of the inputs of every linear layer over token-id rows, ``clip`` of the values cut at each end."""
    seen: dict[str, list[Floats]] = {}
    sampler = np.random.default_rng(0)

    def hook(name: str) -> Callable[..., None]:
        def keep(_module: object, inputs: tuple[torch.Tensor, ...]) -> None:
            values = inputs[0].detach().float().numpy().ravel()
            ends = np.asarray([values.min(), values.max()], np.float32)
            seen.setdefault(name, []).append(np.concatenate([ends, sampler.choice(values, 20_000)]))

        return keep

    handles = []
    for index, layer in enumerate(model.encoder.layer):
        for name, module in _linears(layer).items():
            handles.append(module.register_forward_pre_hook(hook(f"{index}.{name}")))
    model.eval()
    with torch.no_grad():
        for start in range(0, len(rows), 16):
            ids, mask = pad(rows[start : start + 16])
            model(input_ids=ids, attention_mask=mask)
    for handle in handles:
        handle.remove()
    out = {}
    for name, parts in seen.items():
        values = np.concatenate(parts)
        low, high = np.quantile(values, [clip, 1 - clip])
        out[name] = Range(float(low), float(high))
    return out


def _linears(layer: torch.nn.Module) -> dict[str, torch.nn.Module]:
    return {
        "attention": layer.attention.self.query,  # type: ignore[union-attr, dict-item]
        "output": layer.attention.output.dense,  # type: ignore[union-attr, dict-item]
        "up": layer.intermediate.dense,  # type: ignore[union-attr, dict-item]
        "down": layer.output.dense,  # type: ignore[union-attr, dict-item]
    }


def quantise(weight: Floats) -> tuple[NDArray[np.int8], Floats]:
    """[in, out] float weights as int8 and a scale for each output column."""
    scale = np.maximum(np.abs(weight).max(0) / 127, 1e-10).astype(np.float32)
    return np.clip(np.round(weight / scale), -127, 127).astype(np.int8), scale


class _Builder(Nodes):
    """Nodes of a quantised graph."""

    def quantised(self, source: str, name: str, span: Range) -> tuple[str, str, str]:
        scale = self.constant(f"{name}.scale", np.asarray(span.scale, np.float32))
        zero = self.constant(f"{name}.zero", np.asarray(span.zero_point, np.uint8))
        return self.node("QuantizeLinear", [source, scale, zero], f"{name}.int8"), scale, zero

    def linear(self, source: str, name: str, dense: torch.nn.Linear, span: Range) -> str:
        values, scales = quantise(_array(dense.weight).T)
        quantised, scale, zero = self.quantised(source, name, span)
        inputs = [
            quantised, self.constant(f"{name}.weight", values), scale, self.constant(f"{name}.weight_scale", scales),
            zero, self.constant(f"{name}.weight_zero", np.zeros_like(scales, np.int8)),
            self.constant(f"{name}.bias", _array(dense.bias)),
        ]  # fmt: skip
        return self.node("MatMulIntegerToFloat", inputs, f"{name}.out", MICROSOFT)


def _array(parameter: torch.Tensor) -> Floats:
    return parameter.detach().float().numpy()


def build(model: BertModel, ranges: Mapping[str, Range], path: Path) -> None:
    """Writes the int8 graph of ``model``."""
    config, b = model.config, _Builder()
    epsilon, heads = config.layer_norm_eps, config.num_attention_heads
    words, scales = quantise(_array(model.embeddings.word_embeddings.weight).T)
    table, row_scales = b.constant("words", words.T), b.constant("words.scale", scales[:, None])
    first_type = _array(model.embeddings.token_type_embeddings.weight)[0]
    places = b.constant("places", _array(model.embeddings.position_embeddings.weight)[:MAX_TOKENS] + first_type)

    b.node("Cast", [b.node("Gather", [table, "ids"], "word.int8")], "word.raw", to=TensorProto.FLOAT)
    b.node("Mul", ["word.raw", b.node("Gather", [row_scales, "ids"], "word.scale")], "word")
    b.node("Shape", ["ids"], "tokens", start=1, end=2)
    begin, axis = b.constant("begin", np.asarray([0], np.int64)), b.constant("axis", np.asarray([0], np.int64))
    b.node("Slice", [places, begin, "tokens", axis], "place")
    norm = model.embeddings.LayerNorm
    gain, shift = b.constant("embed.gain", _array(norm.weight)), b.constant("embed.shift", _array(norm.bias))
    b.node("Add", ["word", "place"], "embedded")
    hidden = b.node("LayerNormalization", ["embedded", gain, shift], "embed.out", axis=-1, epsilon=epsilon)

    for index, layer in enumerate(model.encoder.layer):
        name = f"{index}"
        attention = layer.attention.self
        parts = (attention.query, attention.key, attention.value)
        weight = np.concatenate([_array(part.weight).T for part in parts], 1)
        bias = np.concatenate([_array(part.bias) for part in parts])
        values, column_scales = quantise(weight)
        quantised, scale, zero = b.quantised(hidden, f"{name}.attention", ranges[f"{index}.attention"])
        inputs = [
            quantised, b.constant(f"{name}.qkv", values), b.constant(f"{name}.qkv.bias", bias), scale,
            b.constant(f"{name}.qkv.scale", column_scales), "lengths", zero,
            b.constant(f"{name}.qkv.zero", np.zeros_like(column_scales, np.int8)),
        ]  # fmt: skip
        context = b.node("QAttention", inputs, f"{name}.context", MICROSOFT, num_heads=heads)
        dense, norm = layer.attention.output.dense, layer.attention.output.LayerNorm
        mixed = b.linear(context, f"{name}.output", dense, ranges[f"{index}.output"])
        hidden = _skip_norm(b, mixed, hidden, f"{name}.attended", norm, epsilon)
        dense = layer.intermediate.dense
        up = b.linear(hidden, f"{name}.up", dense, ranges[f"{index}.up"])
        active = b.node("Gelu", [up], f"{name}.gelu")
        dense, norm = layer.output.dense, layer.output.LayerNorm
        down = b.linear(active, f"{name}.down", dense, ranges[f"{index}.down"])
        hidden = _skip_norm(b, down, hidden, f"{name}.out", norm, epsilon)

    _pool(b, hidden)
    _write(b, path, 2 * config.hidden_size)


def _skip_norm(b: _Builder, source: str, skip: str, name: str, norm: torch.nn.Module, epsilon: float) -> str:
    # Two operators: the fused SkipLayerNormalization takes six times as long as both together (ONNX Runtime 1.32).
    gain, shift = (b.constant(f"{name}.{part}", _array(getattr(norm, part))) for part in ("weight", "bias"))
    total = b.node("Add", [source, skip], f"{name}.sum")
    return b.node("LayerNormalization", [total, gain, shift], name, axis=-1, epsilon=epsilon)


def _pool(b: _Builder, hidden: str) -> None:
    # The mean is a product with the mask row by row: a reduction takes another path for one row than for many and
    # would break batch invariance in the last bit.
    nought, one = b.constant("nought", np.asarray(0, np.int32)), b.constant("one", np.asarray([1], np.int64))
    b.node("Cast", [b.node("Not", [b.node("Equal", ["ids", nought], "padded")], "kept")], "mask", to=TensorProto.FLOAT)
    b.node("MatMul", [b.node("Unsqueeze", ["mask", one], "mask3"), hidden], "sum3")
    b.node("Squeeze", ["sum3", one], "sum")
    b.node("Unsqueeze", [b.node("Cast", ["lengths"], "count", to=TensorProto.FLOAT), one], "count2")
    b.node("Div", ["sum", "count2"], "mean")
    b.node("Gather", [hidden, b.constant("first", np.asarray(0, np.int64))], "cls", axis=1)
    b.node("Concat", ["mean", "cls"], "pooled", axis=1)


def _write(b: _Builder, path: Path, width: int) -> None:
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT32, ["batch", "tokens"]),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
    ]
    output = helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["batch", width])
    graph = helper.make_graph(b.nodes, "shopper_encoder", inputs, [output], list(b.constants.values()))
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(MICROSOFT, 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), str(path))
