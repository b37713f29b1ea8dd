"""Shoppers answered by a language model, many at once; each answer is on the disk as soon as it has come.

As one answer comes the next question goes out, so that as many are under way as the endpoint takes. Each shopper has
the whole deadline. What was answered before the run ended is read back from the journal and not asked again.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from purchase_agent.batch.folder import WorkFolder
from purchase_agent.batch.score_step import Unit
from purchase_agent.batch.store_rows import store_row
from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.evidence import Shopper
from purchase_agent.one_by_one import alone
from purchase_agent.prediction import EvidenceMode, Prediction
from purchase_agent.service import PurchaseAgent

_AHEAD = 4
"""Answers that wait for an earlier one, for each that may be under way."""


class AskedAnswers:
    """Asks the endpoint of ``agent``.

    Args:
        local: labels texts for a store; its predictor reads events for ``agent``, too.
        at_once: shoppers that are asked about at the same time.
    """

    def __init__(
        self, agent: PurchaseAgent, local: PurchaseAgent, evidence: EvidenceMode, folder: WorkFolder, at_once: int
    ) -> None:
        agent.local = local.local
        self.agent, self.local, self.evidence = agent, local, evidence
        self.remembered: Counter[str] = Counter()
        self._folder, self._at_once = folder, at_once
        self._stopped = threading.Event()

    def answers(self, units: Iterable[Unit], partition: int) -> Iterator[tuple[Unit, Prediction | InputError]]:
        """Each unit with its prediction, in the order given."""
        with _journal(self._folder.answers(partition)) as journal, self._threads() as threads:
            window: deque[tuple[Unit, Prediction | Future[Prediction | InputError]]] = deque()
            for number, unit in enumerate(units):
                known = journal.known(number, unit)
                if known is not None:
                    window.append((unit, known))
                else:
                    window.append((unit, threads.submit(self._ask, journal, number, unit)))
                while len(window) >= self._at_once * _AHEAD or (window and _is_done(window[0][1])):
                    yield _taken(window)
            while window:
                yield _taken(window)

    def for_store(self, shopper: Shopper, prediction: Prediction) -> dict[str, Any]:
        """The shopper, the prediction, and what each of his own texts says alone, by the local models."""
        return store_row(self.local, self.evidence, shopper, prediction)

    def _ask(self, journal: Journal, number: int, unit: Unit) -> Prediction | InputError:
        answer = alone(self.agent, unit.shopper, self.evidence)
        if self._stopped.is_set():  # closing the client looks like a failing endpoint, and is none
            raise PurchaseAgentError("the run was ended")
        if isinstance(answer, Prediction):
            journal.keep(number, unit, answer)
        return answer

    @contextmanager
    def _threads(self) -> Iterator[ThreadPoolExecutor]:
        threads = ThreadPoolExecutor(self._at_once, thread_name_prefix="asking")
        try:
            yield threads
        except BaseException:
            self._stopped.set()
            self.agent.llm.client.close()
            raise
        finally:
            threads.shutdown(cancel_futures=True)


class Journal:
    """Answers of a partition, one a line; a line that was cut off by the end of the run is dropped."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, tuple[str, str | None, str]] = {}
        self._number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        whole = 0
        with path.open("rb") as lines:
            for line in lines:
                try:
                    told = json.loads(line)
                except ValueError:
                    break
                if not line.endswith(b"\n"):
                    break
                self._known[told["number"]] = (told["shopper_id"], told["text_id"], told["prediction"])
                whole += len(line)
        os.ftruncate(self._number, whole)
        os.lseek(self._number, whole, os.SEEK_SET)

    def known(self, number: int, unit: Unit) -> Prediction | None:
        """The answer that came before the run ended."""
        found = self._known.pop(number, None)
        if found is None or found[:2] != (unit.shopper.shopper_id, unit.text_id):
            return None
        return Prediction.model_validate_json(found[2])

    def keep(self, number: int, unit: Unit, answer: Prediction) -> None:
        """Puts an answer on the disk."""
        told = {
            "number": number, "shopper_id": unit.shopper.shopper_id, "text_id": unit.text_id,
            "prediction": answer.model_dump_json(by_alias=True),
        }  # fmt: skip
        line = json.dumps(told, ensure_ascii=False).encode() + b"\n"
        with self._lock:
            while line:
                line = line[os.write(self._number, line) :]
            os.fdatasync(self._number)

    def close(self) -> None:
        """Ends it; what was kept stays."""
        os.close(self._number)


@contextmanager
def _journal(path: Path) -> Iterator[Journal]:
    journal = Journal(path)
    try:
        yield journal
    finally:
        journal.close()


def _is_done(answer: Prediction | Future[Prediction | InputError]) -> bool:
    return not isinstance(answer, Future) or answer.done()


def _taken(
    window: deque[tuple[Unit, Prediction | Future[Prediction | InputError]]],
) -> tuple[Unit, Prediction | InputError]:
    unit, answer = window.popleft()
    return unit, answer.result() if isinstance(answer, Future) else answer
