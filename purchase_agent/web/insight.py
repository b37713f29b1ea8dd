"""Questions about all shoppers of the store: one after the other, in a thread of their own beside the predictions."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from purchase_agent.errors import InputError, StoreError
from purchase_agent.tools.arguments import InsightArguments
from purchase_agent.tools.catalogue import Toolbox
from purchase_agent.web.aside import Aside
from purchase_agent.web.problems import ProblemError

if TYPE_CHECKING:
    from purchase_agent.exports.audience import Wanted
    from purchase_agent.insights.answers import Answer
    from purchase_agent.insights.queries import AnyQuery, Language
    from purchase_agent.insights.source import Source
    from purchase_agent.service import PurchaseAgent
    from purchase_agent.store import Reader
    from purchase_agent.web.audience import Packed

MOST_QUERIES = 12
MAX_QUESTION = 2_000  # as in insights.asking, which is imported when somebody asks
_EARLIER = 8
_KEPT = 256  # answers
Result = TypeVar("Result")


class _Desk:
    """Threads that answer, with a reader of their own that they take turns with."""

    def __init__(self, threads: int) -> None:
        self.aside = Aside(threads=threads, waiting=32)
        self._reader: Reader | None = None

    def source(self, store: Path) -> Source:
        """A new one each time: runs may have been added."""
        from purchase_agent.insights.source import Source
        from purchase_agent.store import Reader

        if self._reader is None:
            self._reader = Reader(store)
        return Source(self._reader)

    def stop(self) -> None:
        """Ends both."""
        self.aside.stop()
        if self._reader is not None:
            self._reader.close()


class Insights:
    """Asks one store. Forecasts take longest and have a desk of their own.

    Args:
        store: its file; None, or one that is not there (yet): nothing can be asked.
    """

    def __init__(self, store: Path | None) -> None:
        self.store = store
        self._desk, self._forecasts, self._exports = _Desk(2), _Desk(1), Aside(threads=1, waiting=4)
        self._kept: dict[tuple[object, ...], Answer] = {}

    @property
    def there(self) -> bool:
        """Whether there is a store."""
        return self.store is not None and self.store.is_file()

    async def warm(self) -> None:
        """Makes what the first to ask would wait for: the planner, and the process that reads. A fault of the store is
        told to who asks."""
        if not self.there:
            return
        with contextlib.suppress(Exception):
            await self.ask("How many shoppers are at each stage?")

    async def ask(self, question: str, language: Language | None = None, earlier: Sequence[str] = ()) -> Answer:
        """The answer to a question in words.

        Args:
            language: of the answer; by default that of the question.
            earlier: the questions before it in the same conversation, which it may go on from.

        Raises:
            ProblemError: there is no store, or it cannot be read now.
            InputError: the question is empty or too long.
        """
        if len(question) > MAX_QUESTION:
            raise InputError(f"a question of more than {MAX_QUESTION} characters", hint="ask briefly", field="question")
        given = InsightArguments(question=question, language=language)
        return await self._desk.aside.run(lambda: self.ask_now(given, earlier))

    def ask_now(self, given: InsightArguments, earlier: Sequence[str] = ()) -> Answer:
        """``ask`` in a thread of the caller's own; the question may be a typed query."""
        from purchase_agent.insights.asking import ask

        store = self._checked()
        if given.query is not None:
            query = given.query.typed()
            return _read(lambda: self._answer(query, self._desk.source(store), given.language or "en"))
        question = given.question or ""

        def asked() -> Answer:
            source = self._desk.source(store)
            return ask(question, source, language=given.language, context=_last(earlier, source))

        return _read(asked)

    async def run(self, queries: Sequence[Any], language: Language = "en") -> list[Answer | InputError]:
        """The answers to typed queries, in their order; one that cannot be used is answered by its error."""

        def all_of_them(source: Source) -> list[Answer | InputError]:
            found: list[Answer | InputError] = []
            for one in queries:
                try:
                    found.append(self._answer(one, source, language))
                except InputError as error:
                    found.append(error)
            return found

        forecasts = any(isinstance(one, dict) and one.get("kind") == "demand" for one in queries)
        store, desk = self._checked(), self._forecasts if forecasts else self._desk
        return await desk.aside.run(lambda: _read(lambda: all_of_them(desk.source(store))))

    def _answer(self, given: Any, source: Source, language: Language) -> Answer:
        """From before, where the file of the store is the same: a page asks the same again and again."""
        from purchase_agent.insights.queries import read_query
        from purchase_agent.insights.running import run_query

        query = read_query(given)
        name = (_stamp(self.store), language, query.model_dump_json())
        if name not in self._kept:
            while len(self._kept) >= _KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[name] = run_query(query, source, language=language)
        return self._kept[name]

    async def audience(self, wanted: Wanted, key: str | None) -> Packed:
        """Whom to address, as a file; a reader of its own, so that questions need not wait."""
        from purchase_agent.web.audience import packed_audience

        store = self._checked()
        return await self._exports.run(lambda: _read(lambda: packed_audience(store, wanted, key)))

    def stop(self) -> None:
        """Ends the processes that read."""
        self._desk.stop()
        self._forecasts.stop()
        self._exports.stop()

    def _checked(self) -> Path:
        if self.store is None or not self.store.is_file():
            raise ProblemError(
                "no-store", "there is no store to ask",
                hint="purchase-agent score FILE --out OUT.parquet --store STORE makes one; start the server with"
                " PURCHASE_AGENT_STORE=STORE",
            )  # fmt: skip
        return self.store


class Tools(Toolbox):
    """The tools of which the one about all shoppers asks as the server does, after the ``earlier`` questions."""

    def __init__(self, agent: PurchaseAgent, insights: Insights, earlier: Sequence[str] = ()) -> None:
        super().__init__(agent)
        self._insights, self._earlier = insights, earlier

    @property
    def store(self) -> Path | None:
        """The one of the server."""
        return self._insights.store

    def ask(self, given: InsightArguments, *, before: Answer | None = None) -> Answer:  # noqa: ARG002 - see earlier
        """As ``Toolbox.ask``."""
        return self._insights.ask_now(given, self._earlier)


def _stamp(store: Path | None) -> tuple[int, ...]:
    """Changes whenever the store does."""
    if store is None:
        return ()
    parts = [one.stat() for one in (store, store.with_name(f"{store.name}.wal")) if one.exists()]
    return tuple(number for part in parts for number in (part.st_mtime_ns, part.st_size, part.st_ino))


def _last(earlier: Sequence[str], source: Source) -> AnyQuery | None:
    """What was asked last, as far as the planner understands it; nothing of it is run again."""
    if not earlier:
        return None
    from purchase_agent.insights.planning import QuestionPlanner

    planner = QuestionPlanner(source.values(), source.knows)
    before: AnyQuery | None = None
    for question in earlier[-_EARLIER:]:
        before = planner.plan(question[:MAX_QUESTION], before=before).query or before
    return before


def _read(call: Callable[[], Result]) -> Result:
    try:
        return call()
    except StoreError as error:  # its words name the file
        hint = "ask again; if it stays so, whoever runs the server: purchase-agent doctor tells what is wrong"
        raise ProblemError(
            "unavailable", "the store cannot be read now", hint=hint, headers={"retry-after": "2"}
        ) from error
