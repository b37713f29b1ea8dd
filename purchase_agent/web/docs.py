"""The page ``/docs``: the OpenAPI document as plain HTML, without a script and without anything fetched elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from purchase_agent.web.problems import KINDS

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "body{color:#222;background:#fff}pre{background:#f4f4f4;padding:1rem;overflow:auto}"
    "h2{margin-top:2.5rem}code,pre{font:14px/1.4 ui-monospace,monospace}"
    "table{border-collapse:collapse}td,th{padding:.3rem .8rem .3rem 0;text-align:left;vertical-align:top}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}pre{background:#222}a{color:#9cf}}"
)
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(document: Mapping[str, Any]) -> str:
    """HTML of an OpenAPI document and of all problems."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    title = escape(f"{document['info']['title']} {document['info']['version']}")
    yield f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<style>{_STYLE}</style></head><body><h1>{title}</h1>"
    yield f"<p>{escape(document['info']['description'])}</p>"
    yield '<p>For programs: <a href="/openapi.json">openapi.json</a>.</p>'
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield from _operation(f"{method.upper()} {path}", operation)
    yield "<h2>Problems</h2><table><tr><th>type</th><th>status</th><th>what it is</th></tr>"
    for kind, (status, told) in KINDS.items():
        yield f'<tr id="{kind}"><td><code>/docs#{kind}</code></td><td>{status}</td><td>{escape(told)}</td></tr>'
    yield "</table><h2>Schemas</h2>"
    for name, schema in document["components"]["schemas"].items():
        yield f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        yield f"{_shown(schema)}</details>"
    yield "</body></html>"


def _operation(head: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2><code>{escape(head)}</code></h2><p>{escape(operation['summary'])}. "
    yield f"{escape(operation.get('description', ''))}</p>"
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body, <code>{escape(media_type)}</code>:</p>{_shown(content['schema'])}"
    answer = operation["responses"]["200"].get("content", {})
    for media_type, content in answer.items():
        yield f"<p>Answer, <code>{escape(media_type)}</code>:</p>{_shown(content.get('schema', 'text'))}"


def _shown(schema: Any) -> str:
    return f"<pre>{escape(json.dumps(schema, ensure_ascii=False, indent=2))}</pre>"
