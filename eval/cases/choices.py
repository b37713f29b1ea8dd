"""Questions with options. IntentionQA (Ding et al. 2024), task 1: which intention explains a purchase of two products.

A line has ``id``, ``item_a_name``, ``item_b_name``, ``options`` (letter -> sentence) and ``gold_ind`` (the right
letter); ``relation`` names the relation in the file ``byRelation``. As in its own evaluation, a question with fewer
than four options is left out. It is no data of this project: point at the files with ``--data`` or ``--labels``.
"""

from __future__ import annotations

from purchase_agent.errors import InputError
from purchase_agent.eval.cases.readers import Given
from purchase_agent.eval.cases.sample import Sample
from purchase_agent.training.corpus import read_jsonl

OPTIONS = 4


def intention_qa(given: Given) -> list[Sample]:
    """The questions; ``category`` is the relation, ``source`` the file."""
    out: list[Sample] = []
    for path in given.files:
        for number, record in enumerate(read_jsonl(path), start=1):
            try:
                options = {str(letter): str(text) for letter, text in record["options"].items()}
                products, gold = [record["item_a_name"], record["item_b_name"]], record["gold_ind"]
                name = f"{path.stem}:{record['id']}:{number}"
            except (KeyError, TypeError, AttributeError) as error:
                raise InputError(f"{path.name}:{number} is no question: {error!r}", field="data") from error
            if len(options) < OPTIONS or gold not in options:
                continue
            told = {
                "language": "en", "channel": "question", "source": path.stem,
                "category": record.get("relation", "all"), "group": " | ".join(products),
            }  # fmt: skip
            asked = {"products": products, "options": options}
            out.append(Sample(name, asked, {"choice": gold}, told))
    return out
