"""A folder on any file system that fsspec knows: this disk, ``memory://``, ``s3://`` and the like with their clients.

Whatever is put there is there whole or not at all: it is written under another name and moved. On this disk it is
flushed, too.
"""

from __future__ import annotations

import json
import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from purchase_agent.batch.folder import committed, failed
from purchase_agent.clean import printable
from purchase_agent.errors import InputError, PurchaseAgentError

BEGUN = "_work/begun"
"""Where things are written before they are moved."""
_URL = re.compile(r"^[a-z][a-z0-9+.-]*(?:::.*)?://(?P<host>[^/]*)", re.IGNORECASE | re.DOTALL)
_WHOLE = 64 << 20  # of a small file, read at once


def is_url(name: str) -> bool:
    """Whether this is no path on this disk; ``file://`` is one."""
    return _URL.match(name) is not None and not name.lower().startswith("file://")


def opened(url: str) -> tuple[Any, str]:
    """The file system of a URL or a path, and the place on it.

    Raises:
        InputError: no file system of that name is known, or its client is not installed.
    """
    import fsspec

    found = _URL.match(url)
    if found is not None and "@" in found["host"]:
        message = "a URL with a key or password in it would be shown and kept"
        raise InputError(message, hint="give them as the client of that storage reads them", field="file")
    try:
        # What other processes have written must be seen: no listing is remembered.
        system, path = fsspec.core.url_to_fs(url, use_listings_cache=False)
    except ImportError as error:
        name = url.partition("://")[0]
        message = f"{printable(name)}:// needs a client that is not installed: {printable(str(error))}"
        raise InputError(message, hint="s3:// needs s3fs, gs:// gcsfs, abfs:// adlfs", field="file") from error
    except (ValueError, TypeError) as error:
        message = f"{printable(url)} cannot be opened: {printable(str(error))}"
        raise InputError(message, hint="a folder, or a URL that fsspec knows", field="file") from error
    return system, str(path).rstrip("/")


def told_of(error: OSError) -> str:
    """What a storage's client said, short."""
    return printable(error.strerror or str(error)[:200] or type(error).__name__)


class Place:
    """A folder. Names in it are relative, with slashes.

    Attributes:
        folder: the folder on this disk; None where it is elsewhere.
        shown: its name, for people.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.shown = printable(url)
        self._system, self._root = opened(url)
        self.folder = None if is_url(url) else Path(self._root)

    def put(self, source: Path, name: str) -> int:
        """Puts a file there; returns how long it is.

        Raises:
            PurchaseAgentError: it cannot be written.
        """
        if self.folder is not None:
            with self._beside(name) as begun:
                shutil.copyfile(source, begun)
        else:
            self._moved(name, lambda place: self._system.put_file(str(source), place))
        return source.stat().st_size

    def put_json(self, name: str, value: Any) -> None:
        """Puts a value there as JSON."""
        raw = json.dumps(value, ensure_ascii=False).encode()
        if self.folder is not None:
            with self._beside(name) as begun:
                begun.write_bytes(raw)
        else:
            self._moved(name, lambda place: self._system.pipe_file(place, raw))

    def get(self, name: str, into: Path) -> None:
        """Brings a file here; an empty one where there is none.

        Raises:
            PurchaseAgentError: it cannot be read.
        """
        try:
            self._system.get_file(self._at(name), str(into))
        except FileNotFoundError:
            into.write_bytes(b"")
        except OSError as error:
            raise self._unread(name, error) from error

    def read(self, name: str) -> bytes | None:
        """A small file; None where there is none.

        Raises:
            PurchaseAgentError: it cannot be read.
        """
        try:
            raw: bytes = self._system.cat_file(self._at(name), 0, _WHOLE)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unread(name, error) from error
        return raw

    def read_json(self, name: str) -> Any:
        """What ``put_json`` wrote; None where there is none.

        Raises:
            PurchaseAgentError: it cannot be read, or is damaged.
        """
        raw = self.read(name)
        try:
            return None if raw is None else json.loads(raw)
        except ValueError as error:
            message = f"{self.shown}/{name} is damaged"
            raise PurchaseAgentError(message, hint="begin anew with --overwrite") from error

    def ranges(self, wanted: Sequence[tuple[str, int, int]]) -> list[bytes]:
        """Bytes of files: of each name those from a place up to another, side by side where the file system can.

        Raises:
            PurchaseAgentError: one cannot be read, or is shorter than that.
        """
        names, starts, ends = ([one[part] for one in wanted] for part in range(3))
        try:
            found = self._system.cat_ranges([self._at(str(name)) for name in names], starts, ends, on_error="raise")
        except OSError as error:
            raise self._unread(str(names[0]), error) from error
        for (name, start, end), raw in zip(wanted, found, strict=True):
            if len(raw) != end - start:
                raise PurchaseAgentError(f"{self.shown}/{name} has lost its end", hint="begin anew with --overwrite")
        return list(found)

    def sizes(self, folder: str = "") -> dict[str, int]:
        """Name -> bytes of all files below a folder, those of this place that begin with a dot left out."""
        try:
            found = self._system.find(self._at(folder), detail=True)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unread(folder, error) from error
        names = {str(path)[len(self._root) :].lstrip("/"): int(info["size"] or 0) for path, info in found.items()}
        return {name: size for name, size in names.items() if not name.startswith(".")}

    def remove(self, name: str) -> None:
        """Removes a file or a folder with all that is in it; there need be none."""
        try:
            self._system.rm(self._at(name), recursive=True)
        except FileNotFoundError:
            return
        except OSError as error:
            raise failed(Path(name), error) from error

    def make(self) -> None:
        """Makes the folder, and the one for work, which only its owner may look into.

        Raises:
            PurchaseAgentError: the place cannot be written.
        """
        if self.folder is None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / BEGUN).parent.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise failed(self.folder, error) from error

    @contextmanager
    def _beside(self, name: str) -> Iterator[Path]:
        path = Path(self._at(name))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise failed(path.parent, error) from error
        with committed(path) as begun:
            yield begun

    def _moved(self, name: str, write: Callable[[str], Any]) -> None:
        begun = self._at(f"{BEGUN}/{uuid.uuid4().hex}")
        try:
            try:
                write(begun)
            except FileNotFoundError:  # a file system with real folders
                self._system.makedirs(self._at(BEGUN), exist_ok=True)
                write(begun)
            try:
                self._system.mv(begun, self._at(name))
            except FileNotFoundError:
                self._system.makedirs(self._at(name).rpartition("/")[0], exist_ok=True)
                self._system.mv(begun, self._at(name))
        except OSError as error:
            message = f"cannot write {self.shown}/{name}: {told_of(error)}"
            raise PurchaseAgentError(message, hint="mend it, then run the same command: it goes on") from error

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    def _unread(self, name: str, error: OSError) -> PurchaseAgentError:
        message = f"cannot read {self.shown}/{name}: {told_of(error)}"
        return PurchaseAgentError(message, hint="mend it, then run the same command: it goes on")
