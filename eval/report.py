"""One HTML page from run folders: ``python -m purchase_agent.eval.report RUN... --out report.html``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Sequence
from importlib.metadata import version
from pathlib import Path

from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.eval.report_page.folders import read
from purchase_agent.eval.report_page.page import page


def write(runs: Sequence[Path], out: Path, cases_of: Collection[str] | None = None) -> int:
    """Writes the page and tells its size in bytes.

    Args:
        runs: folders that ``eval run`` wrote.
        cases_of: suites whose cases the page carries; None for all, empty for a page of figures only.

    Raises:
        InputError: a folder holds no run, none of them is of a suite in ``cases_of``, or the page cannot be written.
    """
    if not runs:
        raise InputError("no run to report", hint="name run folders", field="runs")
    found = [read(folder) for folder in runs]
    suites = sorted({one.suite for one in found})
    if unknown := sorted(set(cases_of or ()) - set(suites)):
        raise InputError(
            f"no run of {', '.join(unknown)}", hint=f"the runs are of {', '.join(suites)}", field="cases_of"
        )
    text = page(found, version("purchase-agent"), cases_of)
    whole = text.encode("utf-8")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(whole)
    except OSError as error:
        raise InputError(f"cannot write {out}: {error}", field="out") from error
    return len(whole)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0 done, 1 failed."""
    parser = argparse.ArgumentParser(prog="purchase-agent eval report", description="One HTML page from run folders.")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folder of a run")
    parser.add_argument("--out", type=Path, default=Path("report.html"), help="the page (default: report.html)")
    parser.add_argument("--cases-of", action="append", metavar="SUITE", help="carry the cases of these suites only")
    parser.add_argument("--no-cases", action="store_true", help="figures only: for texts that must not be passed on")
    given = parser.parse_args(arguments)
    try:
        size = write(given.runs, given.out, [] if given.no_cases else given.cases_of)
    except PurchaseAgentError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write(f"{given.out}: {size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
