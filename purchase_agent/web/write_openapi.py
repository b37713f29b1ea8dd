"""Writes ``docs/openapi.json`` anew: ``python -m purchase_agent.web.write_openapi [FILE]``."""

from __future__ import annotations

import sys
from pathlib import Path

from purchase_agent.service import PurchaseAgent
from purchase_agent.web.app import create_app
from purchase_agent.web.schemas import document, written

DOCUMENT = Path("docs/openapi.json")


def main() -> None:
    """Writes the document of an application with the local engine; it is the same with any."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENT
    path.write_text(written(document(create_app(PurchaseAgent(engine="local")))), "utf-8")


if __name__ == "__main__":
    main()
