"""Who answers in a run: the local models with a memory, or a language model with the local ones behind it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from purchase_agent.batch.folder import WorkFolder
from purchase_agent.batch.local_answers import LocalAnswers
from purchase_agent.batch.memory import PREDICTIONS, READINGS, Memory
from purchase_agent.batch.plan import Plan
from purchase_agent.batch.score_step import Answers
from purchase_agent.batch.unchanged import UnchangedAnswers
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import Settings, model_folder


def scorer(folder: WorkFolder, plan: Plan, settings: Settings, cache: Path | None, processes: int) -> Answers:
    """Who answers for ``plan``; models are loaded when they are first asked.

    Args:
        cache: folder of what is remembered; None remembers within this process only.
        processes: that share the endpoint's concurrency.
    """
    counts: Counter[str] = Counter()
    local = local_agent(plan, cache, counts)
    job = plan.job
    answers: Answers
    if job.openai_batch is not None and plan.asks:
        from purchase_agent.batch.openai_answers import RecordedAnswers
        from purchase_agent.batch.openai_batch import OfflineAnswers, offline_endpoint, offline_model

        client = RecordedAnswers(folder.recorded, offline_endpoint(settings), offline_model(settings))
        answers = OfflineAnswers(client, local, settings, job.engine, job.evidence)
    elif plan.asks:
        from purchase_agent.batch.asked_answers import AskedAnswers

        agent = PurchaseAgent(job.engine, job.evidence)
        answers = AskedAnswers(agent, local, job.evidence, folder, -(-settings.llm_concurrency // processes))
    elif cache is not None and job.evidence == "none":
        memory = Memory(cache / PREDICTIONS, held=0)  # each is asked for once
        answers = UnchangedAnswers(LocalAnswers(local, job.evidence), memory, plan, counts)
    else:
        answers = LocalAnswers(local, job.evidence)
    answers.remembered = counts
    return answers


def local_agent(plan: Plan, cache: Path | None, counts: Counter[str]) -> PurchaseAgent:
    """An agent with the local engine that remembers what it has read."""
    from purchase_agent.batch.remembering import RememberingPredictor

    agent = PurchaseAgent("local", plan.job.evidence)
    text, behaviour, timing = (model_folder(agent.models_dir, name) for name in ("text", "behaviour", "timing"))
    memory = Memory(cache / READINGS if cache is not None else None)
    agent.local = RememberingPredictor(text, behaviour, timing, memory, counts)
    return agent
