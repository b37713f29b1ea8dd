"""What was run on what, as rows of words."""

from __future__ import annotations

from typing import Any

from purchase_agent.eval.report_page.folders import Record, Run


def provenance(run: Run) -> list[tuple[str, list[str]]]:
    """What was run, as rows of a name and its lines."""
    about = run.about
    rows: list[tuple[str, list[str]]] = [
        ("Run", _line(about, "id", "created", "status")),
        ("Suite", [" · ".join(str(run.of_suite(key)) for key in ("name", "version", "sha256")
                              if run.of_suite(key))]),
        ("Engine and model", _line(about, "engine", "model")),
        ("Models", _pairs(about.get("models"))),
        ("Prompts", [_file(one, "name", "version") for one in _list(about.get("prompts"))]),
        ("Data", [_file(one, "path_name", "n") for one in _list(about.get("data"))]),
        ("Versions", _pairs(about.get("versions"))),
        ("Code", _line(about, "git")),
        ("Seed, repeats, samples", _line(about, "seed", "repeats", "n")),
        ("Notes", notes(run)),
    ]  # fmt: skip
    return [(name, [one for one in lines if one]) for name, lines in rows if any(lines)]


def notes(run: Run) -> list[str]:
    """What the figures must not be read without: the suite's notes, missing baselines, and how many had an error."""
    missing = [f"Left out, {name}: {why}" for name, why in _record(run.about.get("skipped")).items()]
    errors = [f"{count} with the error {kind}" for kind, count in _record(run.about.get("errors")).items() if count]
    return [str(one) for one in _list(run.of_suite("notes"))] + missing + errors


def _record(given: object) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


def _line(about: Record, *names: str) -> list[str]:
    return [" · ".join(str(about[name]) for name in names if about.get(name) is not None)]


def _pairs(given: object) -> list[str]:
    if not isinstance(given, dict):
        return []
    lines = []
    for name, value in given.items():
        told = ", ".join(f"{key} {one}" for key, one in value.items()) if isinstance(value, dict) else value
        lines.append(f"{name}: {told}")
    return lines


def _file(one: object, name: str, more: str) -> str:
    if not isinstance(one, dict):
        return str(one)
    told = [one.get(name), f"n = {one[more]:,}" if more == "n" and isinstance(one.get(more), int) else one.get(more)]
    return " · ".join(str(part) for part in (*told, one.get("sha256")) if part)


def _list(given: object) -> list[Any]:
    return given if isinstance(given, list) else []
