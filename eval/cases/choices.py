"""Questions with options. IntentionQA (Ding et al. 2024), task 1: which intention explains a purchase of two products.

A line has ``id``, ``item_a_name``, ``item_b_name``, ``options`` (letter -> sentence) and ``gold_ind`` (the right
letter); ``relation`` names the relation in the file ``byRelation``. As in its own evaluation, a question with fewer
than four options is left out. It is no data of this project: point at the files with ``--data`` or ``--labels``.
"""

from __future__ import annotations

from purchase_agent.eval.cases.lines import check_names, objects, unreadable
from purchase_agent.eval.cases.readers import Given
from purchase_agent.eval.cases.sample import Record, Sample

OPTIONS = 4


def intention_qa(given: Given) -> list[Sample]:
    """The questions; ``category`` is the relation, ``source`` the file. A line that is no question is not asked."""
    out: list[Sample] = []
    for path in given.files:
        for place, found in objects(path):
            try:
                sample = unreadable(place, found) if isinstance(found, str) else _question(found, place, path.stem)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                sample = unreadable(place, f"no question: {error!r}"[:300])
            if sample is not None:
                out.append(sample)
    return out


def _question(record: Record, place: str, source: str) -> Sample | None:
    check_names(record, "id", "item_a_name", "item_b_name", "gold_ind", "relation")
    check_names(record["options"], *record["options"])
    options = {str(letter): str(text) for letter, text in record["options"].items()}
    products, gold = [record["item_a_name"], record["item_b_name"]], record["gold_ind"]
    if len(options) < OPTIONS or gold not in options:
        return None
    told = {
        "language": "en", "channel": "question", "source": source, "category": record.get("relation", "all"),
        "group": " | ".join(products),
    }  # fmt: skip
    name = f"{source}:{record['id']}:{place.rpartition(':')[2]}"
    return Sample(name, {"products": products, "options": options}, {"choice": gold}, told)
