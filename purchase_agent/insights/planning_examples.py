"""Questions by what answers them, for the planner to compare with: ``examples.tsv``, a group and a question a line.

Made up, half English and half Chinese; they speak of a shop of shoes, phones, coffee and the like. Groups that begin
with ``no:`` name the reason for which no answer is possible; ``itself`` are questions on what may be asked.
"""

from __future__ import annotations

from pathlib import Path

_FILE = Path(__file__).with_name("examples.tsv")
_REFUSED = "no:"
_ITSELF = "itself"


def _read() -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for line in _FILE.read_text("utf-8").splitlines():
        group, question = line.split("\t")
        groups.setdefault(group, []).append(question)
    return {group: tuple(questions) for group, questions in groups.items()}


_GROUPS = _read()
ALL = tuple(one for some in _GROUPS.values() for one in some)
"""Every example."""
REFUSED = {group.removeprefix(_REFUSED): some for group, some in _GROUPS.items() if group.startswith(_REFUSED)}
"""Reason for which no answer is possible -> questions of that sort."""
ABOUT_ITSELF = _GROUPS[_ITSELF]
"""Questions on what may be asked."""
EXAMPLES = {group: some for group, some in _GROUPS.items() if not group.startswith(_REFUSED) and group != _ITSELF}
"""Kind of query -> questions that it answers."""
