"""What our client adds to a call of a language model, and how many tokens a prediction costs.

Run ``python -m purchase_agent.eval.bench.llm [--quick] [--tokenizer FILE] [--base-url URL --model NAME] [--json]
[--out FILE]``. A played model in a process of its own answers after 50 ms. The bare openai client, our client and the
whole agent put the same prompts to it in turns, one call at a time and 64 at once. Tokens are counted with a
tokenizer.json, or told by a real endpoint (vLLM tells cached ones with ``--enable-prompt-tokens-details``). The target
is against four calls that begin with the shopper's words; told beside it are four whose beginning can be cached.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from purchase_agent.chat.client import ChatClient
from purchase_agent.chat.habits import Habits
from purchase_agent.chat.request import Endpoint, Failure, Request
from purchase_agent.errors import PurchaseAgentError
from purchase_agent.eval.bench import samples, tokens
from purchase_agent.eval.bench.callers import (
    BARE,
    DEADLINE_S,
    LATENCY_MS,
    OURS,
    BareClient,
    Timed,
    Way,
    our_client,
    played_model,
    whole_agent,
)
from purchase_agent.eval.bench.rounds import Laps, Runner, Spread, cpu_ratio, race, ratio, walls
from purchase_agent.eval.bench.table import Table, Target, add_output, judged, say, tell, verdict
from purchase_agent.llm_engine import chosen_prompts, endpoint
from purchase_agent.predictors.llm.asking import Asking
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import load_settings

TARGETS = {OURS: Target(3, at_least=False, unit=" ms")}
WRITTEN, UNCACHED = Target(3, at_least=True, unit="x"), Target(2, at_least=True, unit="x")
AT_ONCE = 64
MODEL = "played"
_KINDS = (("written", WRITTEN), ("uncached", UNCACHED), ("read", None))


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: ``singles`` calls one after another in a turn."""

    rounds: int
    singles: int
    texts: int


NORMAL, QUICK = Plan(8, 10, 24), Plan(2, 2, 6)


def overhead(asking: Asking, plan: Plan) -> list[dict[str, Any]]:
    """Latency, processor time and what is added to the bare client, one at a time and many at once."""
    texts = samples.mixed(AT_ONCE)
    requests = [tokens.request_of(asking, {"text": text}) for text in texts]
    with played_model() as url:
        where = Endpoint(url, MODEL, concurrency=AT_ONCE)
        bare = BareClient(url, [Habits().body(where, MODEL, request) for request in requests])
        client = ChatClient(where)
        agent = PurchaseAgent(engine="llm", llm_base_url=url, llm_model=MODEL)
        agent.settings = agent.settings.model_copy(update={"llm_concurrency": AT_ONCE})
        try:
            _check_same(bare, client, requests[0])
            ways = [
                Way(BARE, bare.one_by_one, bare.at_once), our_client(client, requests), whole_agent(agent, texts),
            ]  # fmt: skip
            out = []
            for at_once, calls in ((1, plan.singles), (AT_ONCE, AT_ONCE)):
                say(f"{at_once} at once")
                timed = {
                    way.name: Timed(way.at_once if at_once > 1 else partial(way.one_by_one, calls)) for way in ways
                }
                laps = race([Runner(name, work, calls) for name, work in timed.items()], plan.rounds)
                out += records(laps, {name: work.turns for name, work in timed.items()}, at_once)
        finally:
            client.close()
            agent.llm.client.close()
            bare.close()
    return out


def _check_same(bare: BareClient, client: ChatClient, request: Request) -> None:
    """Both put the same question: the played model answers by its words."""
    (answer,) = client.ask([request], DEADLINE_S)
    if isinstance(answer, Failure) or answer.content != bare.first():
        raise PurchaseAgentError("the two clients do not ask the same")


def records(
    laps: Mapping[str, Laps], turns: Mapping[str, Sequence[Sequence[float]]], at_once: int
) -> list[dict[str, Any]]:
    """A record for each way; ``turns`` has no entry for a turn whose calls cannot be timed alone."""
    out = []
    for name, own in laps.items():
        calls = [seconds * 1000 for turn in turns[name] for seconds in turn]
        added = None
        if calls:
            pairs = zip(turns[name], turns[BARE], strict=True)
            added = Spread.of([float(np.median(mine) - np.median(theirs)) * 1000 for mine, theirs in pairs])
        out.append(
            {
                "name": name, "at_once": at_once, "n": len(calls),
                "p50_ms": float(np.percentile(calls, 50)) if calls else None,
                "p95_ms": float(np.percentile(calls, 95)) if calls else None,
                "added_p50_ms": asdict(added) if added is not None else None,
                "wall_ms_a_call": walls(own).median * 1000,
                "cpu_ms_a_call": Spread.of([lap.cpu for lap in own if lap is not None]).median * 1000,
                "times_bare": asdict(ratio(own, laps[BARE])), "cpu_times_bare": asdict(cpu_ratio(own, laps[BARE])),
                **judged(TARGETS.get(name) if added is not None else None, added.median if added is not None else 0.0),
            }
        )  # fmt: skip
    return out


def arithmetic(asking: Asking, file: Path, most: int) -> list[dict[str, Any]]:
    """Tokens by a tokenizer.json, of one call beside both ways of four."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    rows = tokens.texts(most)
    ways = tokens.ways(asking, rows)
    costs = {
        name: tokens.counted(calls, lambda text: tokenizer.encode(text, add_special_tokens=False).ids, _warm(rows))
        for name, calls in ways.items()
    }
    out = []
    for name in (tokens.FOUR, tokens.KIND):
        found = tokens.compared(costs[tokens.OURS], costs[name])
        for kind, target in _KINDS:
            times: Spread = found[kind]["times"]
            out.append(
                {
                    "against": name, "tokens": kind, "n": found["n"], "ours": found[kind]["ours"],
                    "others": found[kind]["others"], "times": asdict(times),
                    **judged(target if name == tokens.FOUR else None, times.median),
                }
            )  # fmt: skip
    return out


def told_usage(asking: Asking, where: Endpoint, most: int) -> list[dict[str, Any]]:
    """Tokens by an endpoint's own usage, of one call beside both ways of four."""
    rows = tokens.texts(most)
    found = {}
    for name, calls in tokens.ways(asking, rows).items():
        say(f"{name}: {len(calls)} texts")
        found[name] = tokens.spent(calls, where, _warm(rows), DEADLINE_S)
    ours, out = found[tokens.OURS], []
    for name in (tokens.FOUR, tokens.KIND):
        for kind, target in _KINDS:
            times = found[name][kind] / max(ours[kind], 1e-9)
            out.append(
                {
                    "against": name, "tokens": kind, "n": ours["n"], "ours": ours[kind], "others": found[name][kind],
                    "times": asdict(Spread(times, times, times)), "cache_told": ours["cache_told"],
                    "failed": {"ours": ours["failed"], "others": found[name]["failed"]},
                    **judged(target if name == tokens.FOUR else None, times),
                }
            )  # fmt: skip
    return out


def _warm(rows: Sequence[Mapping[str, Any]]) -> int:
    """Texts after which every language has been seen."""
    seen: set[str] = set()
    languages = {row["language"] for row in rows}
    for place, row in enumerate(rows):
        seen.add(row["language"])
        if seen == languages:
            return place + 1
    return 0


def _tables(results: Mapping[str, list[dict[str, Any]]]) -> list[Table]:
    out = []
    columns = (
        "", "calls", "p50 ms", "p95 ms", "added p50", "min-max", "ms a call", "CPU ms", "CPU / bare", "target reached",
    )  # fmt: skip
    for at_once in (1, AT_ONCE):
        rows = []
        for one in results["overhead"]:
            if one["at_once"] != at_once:
                continue
            added = one["added_p50_ms"]
            rows.append(
                [
                    one["name"], str(one["n"] or ""), _number(one["p50_ms"]), _number(one["p95_ms"]),
                    _number(added and added["median"], "+.2f"),
                    f"{added['low']:+.2f} to {added['high']:+.2f}" if added else "",
                    _number(one["wall_ms_a_call"]), _number(one["cpu_ms_a_call"]),
                    f"{one['cpu_times_bare']['median']:.2f}x", verdict(one),
                ]
            )  # fmt: skip
        if rows:
            out.append(Table(f"{at_once} at once, the model takes {LATENCY_MS} ms", columns, rows))
    for key, title in (("arithmetic", "counted with the tokenizer"), ("usage", "told by the endpoint")):
        if not results[key]:
            continue
        rows = [
            [
                f"{one['tokens']}, against {one['against']}", str(one["n"]), f"{one['ours']:.0f}",
                f"{one['others']:.0f}", f"{one['times']['median']:.2f}x",
                f"{one['times']['low']:.2f}-{one['times']['high']:.2f}", verdict(one),
            ]
            for one in results[key]
        ]  # fmt: skip
        heads = ("", "n", "one call", "four", "four / one", "min-max", "target reached")
        out.append(Table(f"Tokens a prediction, {title}", heads, rows, _usage_notes(results[key])))
    return out


def _usage_notes(records_: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    first = records_[0]
    if "cache_told" not in first:
        return ()
    notes = [f"failed calls, {one['against']}: {one['failed']}" for one in records_ if one["tokens"] == "written"]
    told = "" if first["cache_told"] else "the endpoint tells no cached tokens: uncached is all that was read"
    return (*notes, told)


def _number(value: float | None, form: str = ".2f") -> str:
    return "" if value is None else format(value, form)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="llm", description="What our client adds to a call, and tokens a prediction.")
    parser.add_argument("--quick", action="store_true", help="few rounds: shows that it runs, says little")
    parser.add_argument("--tokenizer", type=Path, metavar="FILE", help="tokenizer.json to count with")
    parser.add_argument("--base-url", metavar="URL", help="a real endpoint whose usage is compared too")
    parser.add_argument("--model", metavar="NAME", help="model of the real endpoint; the only one unless given")
    parser.add_argument("--tokens-only", action="store_true", help="no latencies")
    add_output(parser)
    given = parser.parse_args(argv)
    plan = QUICK if given.quick else NORMAL
    (asking,) = chosen_prompts(load_settings())
    results: dict[str, list[dict[str, Any]]] = {
        "overhead": [] if given.tokens_only else overhead(asking, plan), "arithmetic": [], "usage": [],
    }  # fmt: skip
    if given.tokenizer is not None:
        results["arithmetic"] = arithmetic(asking, given.tokenizer, plan.texts)
    if given.base_url is not None:
        where = endpoint(load_settings(llm_base_url=given.base_url, llm_model=given.model))
        results["usage"] = told_usage(asking, replace(where, concurrency=4), plan.texts)
    tell(given, _tables(results), results)


if __name__ == "__main__":
    main()
