"""The declared ranges, the locks and the wheel say the same thing, and the wheel works where nothing else is."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SURFACES = ("agent", "mcp", "scale", "web")
LOCKS = {"default.lock": (), "dev.lock": (*SURFACES, "dev"), "train.lock": (*SURFACES, "dev", "train")}
CODE_ROOMS = ("purchase_agent", "eval", "serve")
DATA_ROOMS = (
    "purchase_agent/backtest", "purchase_agent/examples", "purchase_agent/insights", "purchase_agent/models",
    "purchase_agent/readers", "purchase_agent/web", "eval", "prompts", "serve",
)  # fmt: skip
DATA_SUFFIXES = {
    ".css", ".html", ".j2", ".jinja", ".js", ".json", ".jsonl", ".md", ".npz", ".onnx", ".safetensors", ".svg", ".tsv",
    ".yaml",
}  # fmt: skip
SIZE_LIMIT_MB = 650  # of the default dependencies
OWN_LIMIT_MB = 80  # of the package with its models


def _locked(name: str) -> list[Requirement]:
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line.partition("#")[0]) for line in lines if not line.startswith("#")]


def _here(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"python_version": "3.11"})


@pytest.mark.parametrize(("name", "extras"), LOCKS.items())
def test_every_declared_range_is_locked_inside_it(name: str, extras: tuple[str, ...]) -> None:
    lists = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][extra] for extra in extras)]
    locked = {entry.name: entry for entry in _locked(name) if _here(entry)}
    for requirement in map(Requirement, chain.from_iterable(lists)):
        if requirement.name == PROJECT["name"]:  # the extra dev names others
            continue
        (pin,) = locked[requirement.name].specifier
        assert pin.operator == "=="
        assert requirement.specifier.contains(pin.version), f"{name}: run `make lock`"


def test_a_larger_lock_holds_the_smaller_one() -> None:
    default, dev, train = ({f"{entry.name}{entry.specifier}" for entry in _locked(name)} for name in LOCKS)
    assert default <= dev <= train


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place_and_no_cuda(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    assert re.findall(r"://|file:|--index|--find-links|--hash| @ |nvidia|cuda|triton", text) == []


def test_the_default_has_no_training_library() -> None:
    names = {entry.name for entry in _locked("default.lock")}
    assert names.isdisjoint({"torch", "transformers", "scikit-learn"})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as released: built from the source archive, so that the archive is complete too."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)], check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel and the locked versions; its ``bin`` folder."""
    folder = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    lock = str(ROOT / "requirements" / "default.lock")
    subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", "--constraint", lock, str(wheel)], check=True)
    return folder / "bin"


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Callable[..., str]:
    """Runs an installed command in an empty folder that is also its home, and returns what it printed."""

    def call(name: str, *arguments: str) -> str:
        command = [str(installed / name), *arguments]
        environment = {"HOME": str(tmp_path), "PATH": os.defpath, "LANG": "C.UTF-8"}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


def _in_wheel(path: Path) -> str:
    inside = path.relative_to(ROOT)
    return str(inside if inside.parts[0] == "purchase_agent" else "purchase_agent" / inside)


@pytest.mark.real
def test_the_wheel_holds_all_code_and_data_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    code = {_in_wheel(path) for room in CODE_ROOMS for path in (ROOT / room).rglob("*.py")}
    files = (path for room in DATA_ROOMS for path in (ROOT / room).rglob("*"))
    data = {_in_wheel(path) for path in files if path.suffix in DATA_SUFFIXES}
    assert code | data | {"purchase_agent/py.typed"} == {name for name in names if not name.endswith(".txt")}
    assert {name.partition("/")[0] for name in names} == {"purchase_agent"}


@pytest.mark.real
def test_the_wheel_declares_its_licence_and_entry_points(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        about = {name.partition("/")[2]: name for name in archive.namelist() if ".dist-info/" in name}
        entry_points = archive.read(about["entry_points.txt"]).decode()
    assert "licenses/LICENSE" in about
    assert "purchase-agent = purchase_agent.cli:main" in entry_points
    assert "[purchase_agent.commands]" in entry_points


@pytest.mark.real
def test_what_is_installed_by_default_stays_small(installed: Path) -> None:
    packages = next(installed.parent.glob("lib/python*/site-packages"))
    rooms = {
        path: sum(file.lstat().st_size for file in path.rglob("*") if file.is_file()) for path in packages.iterdir()
    }
    of_venv = {"pip", "setuptools", "pkg_resources"}
    dependencies = sum(size for path, size in rooms.items() if path.name not in {"purchase_agent", *of_venv})
    assert dependencies / 1e6 < SIZE_LIMIT_MB
    assert rooms[packages / "purchase_agent"] / 1e6 < OWN_LIMIT_MB


@pytest.mark.real
def test_the_rooms_outside_the_core_are_importable(run: Callable[..., str]) -> None:
    run("python", "-c", "import purchase_agent.eval.bench")


@pytest.mark.real
def test_the_command_line_answers_in_an_empty_folder(run: Callable[..., str]) -> None:
    assert "predict" in run("purchase-agent", "--help")
    answer = run("purchase-agent", "predict", "My old kettle broke, I need a new one", "--json")
    assert json.loads(answer)["status"] == "ok"
