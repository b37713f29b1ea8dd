"""What is counted, for Prometheus. No label holds anything that a shopper or a client wrote."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from purchase_agent.prediction import Prediction

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_MOST_REASONS = 64  # the reasons of a prediction are few; a bound in case they come to be many


class Metrics:
    """One server's figures, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

        def counter(name: str, told: str, *labels: str) -> Counter:
            return Counter(f"purchase_agent_{name}", told, labels, registry=self.registry)

        def histogram(name: str, told: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"purchase_agent_{name}", told, labels, buckets=buckets, registry=self.registry)

        self._requests = counter("http_requests", "Requests answered.", "method", "route", "status")
        self._seconds = histogram(
            "http_request_seconds", "From the head of a request to its answer.", _SECONDS, "route"
        )
        self._predictions = counter("predictions", "Predictions made.", "status", "engine", "reason")
        self._tokens = counter("llm_tokens", "Tokens that predictions took of the language model.", "direction")
        self._sizes = histogram("batch_shoppers", "Shoppers predicted in one run.", _SIZES)
        self._runs = histogram("batch_seconds", "Seconds of one run.", _SECONDS)
        self._reasons: set[str] = set()

    def gauge(self, name: str, told: str, value: Callable[[], float]) -> None:
        """A figure that is looked up when the figures are asked for."""
        Gauge(f"purchase_agent_{name}", told, registry=self.registry).set_function(value)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts a request; ``route`` is the pattern of its path."""
        self._requests.labels(method if method in _METHODS else "other", route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def predicted(self, made: Prediction) -> None:
        """Counts a prediction; from any thread."""
        told = made.provenance
        reason = told.reason
        if reason not in self._reasons:
            if len(self._reasons) < _MOST_REASONS:
                self._reasons.add(reason)
            else:
                reason = "other"
        self._predictions.labels(made.status, told.engine, reason).inc()
        if told.tokens.read or told.tokens.written:
            self._tokens.labels("in").inc(told.tokens.read)
            self._tokens.labels("out").inc(told.tokens.written)

    def ran(self, size: int, seconds: float) -> None:
        """Counts a batch."""
        self._sizes.observe(size)
        self._runs.observe(seconds)

    def text(self) -> bytes:
        """The figures in Prometheus' text format."""
        return bytes(generate_latest(self.registry))
