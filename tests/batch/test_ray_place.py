"""Folders on any file system, and input files found on them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from purchase_agent.batch import ray_cluster
from purchase_agent.batch.ray_inputs import brought, find_anywhere
from purchase_agent.batch.ray_lease import held
from purchase_agent.batch.ray_output import clear, done, part, part_marker, read_rejects, refuse_foreign
from purchase_agent.batch.ray_place import Place, is_url
from purchase_agent.batch.ray_scratch import scratch, sweep
from purchase_agent.errors import InputError, MissingExtraError, PurchaseAgentError
from tests.batch.made import shoppers, write_jsonl

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def memory() -> Iterator[str]:
    """A URL of memory with nothing in it."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield "memory://box/out"
    system.store.clear()


@pytest.fixture(params=["here", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path, memory: str) -> Place:
    found = Place(memory if request.param == "memory" else str(tmp_path / "out"))
    found.make()
    return found


def test_what_is_put_is_read_back_whole_and_by_ranges(place: Place, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"0123456789")
    assert place.put(tmp_path / "source", "_work/read/a") == 10
    place.put_json("_work/read/00007.json", {"a": "水"})
    assert place.read_json("_work/read/00007.json") == {"a": "水"}
    assert place.ranges([("_work/read/a", 0, 2), ("_work/read/a", 8, 10)]) == [b"01", b"89"]
    place.get("_work/read/a", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"0123456789"
    assert place.read("nothing") is None
    assert done(place, "read") == {7}
    assert {name for name in place.sizes() if "begun" not in name} == {"_work/read/a", "_work/read/00007.json"}
    with pytest.raises(PurchaseAgentError, match="has lost its end"):
        place.ranges([("_work/read/a", 8, 12)])


def test_what_is_put_again_replaces_what_was_there(place: Place, tmp_path: Path) -> None:
    for words in (b"first", b"second time"):
        (tmp_path / "source").write_bytes(words)
        place.put(tmp_path / "source", part(3))
    assert place.read(part(3)) == b"second time"
    assert place.sizes() == {part(3): 11}


def test_only_what_a_run_wrote_is_cleared(place: Place) -> None:
    for name in (part(0), read_rejects(1), part_marker(0), "_committed.json", "_other/mine.json"):
        place.put_json(name, {})
    refuse_foreign(place)
    clear(place)
    assert set(place.sizes()) == {"_other/mine.json"}
    place.put_json("part-00000-from-elsewhere.parquet", {})
    with pytest.raises(InputError, match="holds other files: part-00000-from"):
        refuse_foreign(place)


def test_a_second_run_on_an_output_is_refused(place: Place) -> None:
    with held(place), pytest.raises(InputError, match="another run is writing"), held(place):
        pass
    with held(place):
        pass


def test_work_on_this_disk_is_for_its_owner_only(tmp_path: Path) -> None:
    Place(str(tmp_path / "out")).make()
    assert (tmp_path / "out" / "_work").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0o500)
    with pytest.raises(PurchaseAgentError, match="cannot write"):
        Place(str(tmp_path / "shut" / "out")).make()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://key:secret@bucket/out", "a key or password"),
        ("nothing://bucket/out", "Protocol not known"),
        ("s3://bucket/out", "needs a client that is not installed"),
    ],
)
def test_urls_that_cannot_be_used(url: str, message: str) -> None:
    if "not installed" in message and _installed("s3fs"):
        pytest.skip("it is")
    with pytest.raises(InputError, match=message) as raised:
        Place(url)
    assert "secret" not in str(raised.value)


def test_what_is_a_url() -> None:
    assert [is_url(one) for one in ("s3://b/x", "memory://a", "file:///a", "/a", "a://", "C:\\a")] == [
        True, True, False, False, True, False,
    ]  # fmt: skip


def test_inputs_are_found_here_and_elsewhere_but_not_in_the_output(memory: str, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in" / "a.jsonl", shoppers(2))
    (tmp_path / "in" / "notes.txt").write_text("nothing to read")
    for name in ("in/b.jsonl", "in/day=1/c.csv", "in/_work/d.jsonl", "in/.e.jsonl", "in/notes.txt", "out/part.parquet"):
        fsspec.filesystem("memory").pipe_file(f"/box/{name}", b"x")
    found = find_anywhere([str(tmp_path / "in"), "memory://box/in", "memory://box/*/b.jsonl"], memory)
    assert [file.path for file in found] == [
        str(tmp_path / "in" / "a.jsonl"), "memory:///box/in/b.jsonl", "memory:///box/in/day=1/c.csv",
    ]  # fmt: skip
    assert [file.path for file in find_anywhere(["memory://box"], memory)] == [
        "memory:///box/in/b.jsonl", "memory:///box/in/day=1/c.csv",
    ]  # fmt: skip
    with pytest.raises(InputError, match="no file to read"):
        find_anywhere(["memory://box/none"], memory)
    with pytest.raises(InputError, match="no such file"):
        find_anywhere([str(tmp_path / "none.jsonl")], memory)
    inside = tmp_path / "in" / "out" / "part-00000.parquet"
    inside.parent.mkdir()
    inside.write_bytes(b"")
    assert len(find_anywhere([str(tmp_path / "in")], str(tmp_path / "in" / "out"))) == 1


def test_a_file_from_elsewhere_is_read_here_unless_it_was_changed(memory: str, tmp_path: Path) -> None:
    system = fsspec.filesystem("memory")
    raw = "".join(json.dumps(one) + "\n" for one in shoppers(3)).encode()
    system.pipe_file("/box/in/a.jsonl", raw)
    (file,) = find_anywhere(["memory://box/in"], memory)
    with brought(file, tmp_path, None) as own:
        assert (own.kind, own.form) == ("shoppers", "jsonl")
        assert Path(own.path).read_bytes() == raw
    assert list(tmp_path.iterdir()) == []
    system.pipe_file("/box/in/a.jsonl", raw + b"\n")
    with pytest.raises(InputError, match="was changed since the run was planned"), brought(file, tmp_path, None):
        pass
    system.rm("/box/in/a.jsonl")
    with pytest.raises(InputError, match="cannot read"), brought(file, tmp_path, None):
        pass


def test_a_scratch_folder_goes_with_its_process_or_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "p-left").mkdir()  # of one that was killed
    with scratch("p") as folder:
        assert not (tmp_path / "p-left").exists()
        assert folder.stat().st_mode & 0o077 == 0
        sweep("p")
        assert folder.exists(), "somebody is at work there"
    assert list(tmp_path.iterdir()) == []


def test_without_ray_the_command_to_install_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_cluster, "find_spec", lambda _: None)
    with (
        pytest.raises(MissingExtraError, match=r"pip install 'purchase-agent\[scale\]'"),
        ray_cluster.connected("local", 1),
    ):
        pass


def _installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None
