"""Which headers go with a request. What the environment holds was meant for another host and stays out."""

from __future__ import annotations

from collections.abc import Mapping

from purchase_agent.chat.request import Endpoint

_FROM_ENVIRONMENT = ("Authorization", "OpenAI-Organization", "OpenAI-Project")


def sent_headers(endpoint: Endpoint) -> dict[str, str]:
    """The headers of every request to this endpoint."""
    headers = {"Accept-Encoding": "identity", **endpoint.headers}
    if endpoint.api_key:
        headers["Authorization"] = f"Bearer {endpoint.api_key}"
    return headers


def kept_back(sent: Mapping[str, str], environment: Mapping[str, str]) -> list[str]:
    """Names of the headers that the openai library would add of its own accord, and must not."""
    lines = environment.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    names = [*_FROM_ENVIRONMENT, *(line.partition(":")[0].strip() for line in lines)]
    told = {name.lower() for name in sent}
    return [name for name in names if name and name.lower() not in told]
