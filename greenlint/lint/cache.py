"""Results of earlier runs, in one SQLite file in the cache directory.

A report is found by the path as shown and by the file's content; while size, inode and times of
the file are the same, its content is taken to be the same. Whatever is wrong with the cache only
makes a run slower: a damaged file is replaced, one that is locked is left alone.
"""

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from zlib import crc32

_FORMAT = 1
_FILE = f"checks-{_FORMAT}.sqlite3"
_MAX_AGE_DAYS = 30
_MAX_BYTES = 64_000_000
# Another run writes for some milliseconds.
_PATIENCE_S = 2.0
# A file written so recently could change again without its times telling.
_RACY_NS = 2_000_000_000
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
_SCHEMA = """
CREATE TABLE IF NOT EXISTS reports (
    scope BLOB, path TEXT, stamp TEXT, content BLOB, report TEXT, day INTEGER,
    PRIMARY KEY (scope, path)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS surveys (
    scope BLOB, content BLOB, asked TEXT, provided TEXT, day INTEGER,
    PRIMARY KEY (scope, content)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class CachedReport:
    """What was said about a file when it had this stamp and content."""

    stamp: str
    content: bytes
    report: str


@dataclass(frozen=True, slots=True)
class Survey:
    """Project facts that a file was asked for, and those of them it provides."""

    asked: frozenset[str] = frozenset()
    provided: frozenset[str] = frozenset()


def content_hash(data: bytes) -> bytes:
    """What stands for the content of a file."""
    return blake2b(data, digest_size=16).digest()


def stamp_of(path: str) -> str:
    """Size, inode and times of a file; empty when it can't be told or is too fresh to trust."""
    try:
        status = os.stat(path)
    except OSError:
        return ""
    newest = max(status.st_mtime_ns, status.st_ctime_ns)
    if newest > time.time_ns() - _RACY_NS:
        return ""
    return f"{status.st_size}:{status.st_ino}:{status.st_mtime_ns}:{status.st_ctime_ns}"


@dataclass(slots=True)
class ResultCache:
    """Reports and surveys of one scope: everything but the files that results depend on.

    What is put in is written by `save`, at once or not at all.
    """

    _connection: sqlite3.Connection
    _path: str
    _scope: bytes
    _reports: dict[str, CachedReport] = field(default_factory=dict)
    _surveys: dict[bytes, Survey] = field(default_factory=dict)
    _old: list[str] = field(default_factory=list)
    _damaged: bool = False

    def report(self, path: str) -> CachedReport | None:
        """The last report on the file shown as `path`."""
        row = self._row("SELECT stamp, content, report, day FROM reports", "path", path)
        match row:
            case (str(stamp), bytes(content), str(report), int(day)):
                if day < _today():
                    self._old.append(path)
                text = _unsealed(report)
                return None if text is None else CachedReport(stamp, content, text)
            case _:
                return None

    def put_report(self, path: str, report: CachedReport) -> None:
        """Remember a report."""
        self._reports[path] = report

    def survey(self, content: bytes) -> Survey:
        """What files of this content have been asked for."""
        if content in self._surveys:
            return self._surveys[content]
        row = self._row("SELECT asked, provided FROM surveys", "content", content)
        match row:
            case (str(asked), str(provided)):
                return Survey(frozenset(asked.split("\n")), frozenset(provided.split("\n")))
            case _:
                return Survey()

    def put_survey(self, content: bytes, survey: Survey) -> None:
        """Remember a survey, besides what was asked before."""
        known = self.survey(content)
        self._surveys[content] = Survey(
            known.asked | survey.asked, known.provided | survey.provided
        )

    def save(self) -> None:
        """Write what is new, forget what is old, and close the file."""
        try:
            if self._reports or self._surveys or self._old:
                with self._connection:
                    self._connection.execute("BEGIN IMMEDIATE")
                    self._write()
                    self._prune()
                self._shrink()
        except sqlite3.DatabaseError as error:
            self._damaged |= _is_damage(error)
        finally:
            self._connection.close()
            if self._damaged:
                with contextlib.suppress(OSError):
                    os.unlink(self._path)

    def _row(self, select: str, column: str, key: str | bytes) -> tuple[object, ...] | None:
        try:
            rows = self._connection.execute(
                f"{select} WHERE scope = ? AND {column} = ?", (self._scope, key)
            )
            row: tuple[object, ...] | None = rows.fetchone()
        except sqlite3.DatabaseError as error:
            self._damaged |= _is_damage(error)
            return None
        return row

    def _write(self) -> None:
        day = _today()
        self._connection.executemany(
            "INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?, ?, ?)",
            (
                (self._scope, path, new.stamp, new.content, _sealed(new.report), day)
                for path, new in self._reports.items()
            ),
        )
        self._connection.executemany(
            "INSERT OR REPLACE INTO surveys VALUES (?, ?, ?, ?, ?)",
            (
                (self._scope, content, _lines(new.asked), _lines(new.provided), day)
                for content, new in self._surveys.items()
            ),
        )
        self._connection.executemany(
            "UPDATE reports SET day = ? WHERE scope = ? AND path = ?",
            ((day, self._scope, path) for path in self._old),
        )

    def _prune(self) -> None:
        oldest = _today() - _MAX_AGE_DAYS
        self._connection.execute("DELETE FROM reports WHERE day < ?", (oldest,))
        self._connection.execute("DELETE FROM surveys WHERE day < ?", (oldest,))

    def _shrink(self) -> None:
        """Keep only this scope when the file has grown too large."""
        pages, size = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "page_size")
        )
        if pages * size <= _MAX_BYTES:
            return
        with self._connection:
            self._connection.execute("DELETE FROM reports WHERE scope <> ?", (self._scope,))
            self._connection.execute("DELETE FROM surveys WHERE scope <> ?", (self._scope,))
        self._connection.execute("VACUUM")


@contextlib.contextmanager
def open_cache(directory: str | None, parts: Iterable[str]) -> Iterator[ResultCache | None]:
    """The cache in `directory` for the scope that `parts` name; saved at the end.

    None where there can be no cache: no directory, or one that can't be written to.
    """
    path = os.path.join(directory or "", _FILE)
    connection = None if directory is None else _connected(path)
    if connection is None:
        yield None
        return
    cache = ResultCache(connection, path, content_hash("\0".join(parts).encode()))
    try:
        yield cache
    finally:
        cache.save()


def _connected(path: str) -> sqlite3.Connection | None:
    directory = os.path.dirname(path)
    try:
        os.makedirs(directory, exist_ok=True)
        _keep_out_of_git(directory)
        return _opened(path) or _opened(path)
    except (OSError, sqlite3.DatabaseError):
        return None


def _opened(path: str) -> sqlite3.Connection | None:
    """The database; a file that is none is removed, and the answer is None."""
    connection = sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
        connection.execute("SELECT scope, path, stamp, content, report, day FROM reports LIMIT 1")
        connection.execute("SELECT scope, content, asked, provided, day FROM surveys LIMIT 1")
    except sqlite3.DatabaseError as error:
        connection.close()
        if not _is_damage(error):
            raise
        os.unlink(path)
        return None
    return connection


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is broken, and not only locked or out of reach."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _DAMAGED


def _keep_out_of_git(directory: str) -> None:
    path = os.path.join(directory, ".gitignore")
    if not os.path.exists(path):
        with open(path, "w", encoding="utf-8") as file:
            file.write("*\n")


def _sealed(text: str) -> str:
    """The text with a checksum: SQLite doesn't notice a letter that has changed on the disk."""
    return f"{crc32(text.encode()):08x}{text}"


def _unsealed(sealed: str) -> str | None:
    text = sealed[8:]
    return text if _sealed(text) == sealed else None


def _today() -> int:
    return int(time.time() // 86_400)


def _lines(facts: Iterable[str]) -> str:
    return "\n".join(sorted(facts))
