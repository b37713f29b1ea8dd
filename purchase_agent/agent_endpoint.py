"""The endpoint that the assistant speaks through, as the settings name it (extra ``agent``)."""

from __future__ import annotations

from purchase_agent.agent import Endpoint
from purchase_agent.errors import PurchaseAgentError
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import PREFIX


def endpoint_of(agent: PurchaseAgent) -> Endpoint:
    """The endpoint of an agent's settings.

    Raises:
        PurchaseAgentError: none is set, or no model is and the endpoint names none.
    """
    settings = agent.settings
    if settings.llm_base_url is None:
        raise PurchaseAgentError("no endpoint is set", hint=f"set {PREFIX}LLM_BASE_URL")
    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key is not None else None
    return Endpoint(
        settings.llm_base_url, served_model(agent), key, settings.llm_headers, settings.deadline_s,
        {"extra_body": settings.llm_extra_body or None},
    )  # fmt: skip


def served_model(agent: PurchaseAgent) -> str:
    """The model that is set, else the one that the endpoint serves.

    Raises:
        PurchaseAgentError: none is set and the endpoint names none.
    """
    settings = agent.settings
    if settings.llm_model is not None:
        return settings.llm_model
    from purchase_agent.chat.client import ChatClient
    from purchase_agent.chat.request import Answer
    from purchase_agent.llm_engine import endpoint

    client = ChatClient(endpoint(settings))
    try:
        found = client.probe(settings.deadline_s)
    finally:
        client.close()
    if not isinstance(found, Answer):
        raise PurchaseAgentError(
            f"the endpoint does not answer: {found.kind}", hint=f"set {PREFIX}LLM_MODEL, or start it"
        )
    return found.model
