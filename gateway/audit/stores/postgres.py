"""A log in PostgreSQL: for gateways that keep nothing on their own disk.

One schema holds one log. ``wal`` has one row for each group commit, ``file`` what the directory of the
default store would hold, ``boot`` how far each boot is durable. A group commit is one statement, durable when
it returns. Its reply may be lost, so it is keyed by (node, boot, first number): sent again it has no second
effect, also when the row has long been published.

The one who publishes holds an advisory lock of its session and writes only through that session, so
that whoever lost the lock cannot write any more.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, LiteralString, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from gateway.audit.files import Files, make_directories, publish
from gateway.audit.frames import unframe
from gateway.audit.layout import Layout
from gateway.audit.stores.base import CHECKPOINT, STATE, VKEY, Batch, ForkError, StoreError
from gateway.audit.wal import SegmentName, State

_T = TypeVar("_T")

SCHEMA = "lictor_audit"
"""The schema where the location names none."""

_ROWS = 256
"""Group commits published at a time."""

_ATTEMPTS = 3
"""How often a group commit is sent when its connection breaks."""

_OPTIONS = "-c statement_timeout=20000 -c lock_timeout=10000"

_TABLES = """
CREATE TABLE boot (node text, boot text, next bigint NOT NULL, PRIMARY KEY (node, boot));
CREATE TABLE wal (node text, boot text, first bigint, frames bytea NOT NULL, PRIMARY KEY (node, boot, first));
CREATE TABLE file (path text COLLATE "C" PRIMARY KEY, data bytea NOT NULL);
"""

_APPEND = """
WITH moved AS (
    INSERT INTO boot VALUES (%(node)s, %(boot)s, %(next)s)
    ON CONFLICT (node, boot) DO UPDATE SET next = excluded.next WHERE boot.next = %(first)s
    RETURNING 1
)
INSERT INTO wal SELECT %(node)s, %(boot)s, %(first)s, %(frames)s FROM moved
"""


class Session:
    """One connection, made when it is first needed and again after it broke."""

    def __init__(self, url: str, schema: str) -> None:
        self._url = url
        self._schema = schema
        self._connection: psycopg.Connection[Any] | None = None
        self._turn = threading.Lock()

    def __del__(self) -> None:
        self.close()

    @property
    def connected(self) -> bool:
        """Whether the connection of the last call stands, as far as is known."""
        return self._standing() is not None

    def run(self, work: Callable[[psycopg.Connection[Any]], _T]) -> _T:
        """What *work* returns; its statements are durable one by one, unless it opens a transaction.

        Raises:
            StoreError: what was done of it is unknown.
        """
        try:
            with self._turn:
                return work(self._standing() or self._connect())
        except psycopg.Error as error:
            self.close()
            raise StoreError(f"PostgreSQL: {str(error).strip() or type(error).__name__}") from error

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of one statement."""
        return self.run(lambda on: on.execute(statement.encode(), values).fetchall())

    def execute(self, statement: str, values: Mapping[str, object] | Sequence[object] = ()) -> int:
        """The number of rows that one statement changed."""
        return self.run(lambda on: on.execute(statement.encode(), values).rowcount)

    def close(self) -> None:
        """Never raises."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
        self._connection = None

    def _standing(self) -> psycopg.Connection[Any] | None:
        return self._connection if self._connection and not self._connection.closed else None

    def _connect(self) -> psycopg.Connection[Any]:
        self._connection = psycopg.connect(
            self._url, autocommit=True, connect_timeout=5, options=_OPTIONS, application_name="lictor-audit"
        )
        path = sql.SQL("SET search_path TO {}").format(sql.Identifier(self._schema))
        self._connection.execute(path)
        return self._connection


class Rows:
    """The write end: group commits as rows."""

    def __init__(self, session: Session, node: str, boot: str, first: int) -> None:
        self._session = session
        self._place = {"node": node, "boot": boot}
        self._next = first
        self.name = str(SegmentName(node, boot, first))
        self.size = 0
        """Always 0: rows need no rotation."""

    def commit(self, data: bytes, count: int) -> None:
        """One statement, sent again when its connection breaks before the reply is there."""
        after = self._next + count
        values = {**self._place, "first": self._next, "next": after, "frames": data}
        for _ in range(_ATTEMPTS - 1):
            with suppress(StoreError):
                self._send(values)
                break
        else:
            self._send(values)
        self._next = after

    def _send(self, values: Mapping[str, object]) -> None:
        if self._session.execute(_APPEND, values) != 1 and not self._stands(values["next"]):
            raise StoreError("PostgreSQL: the boot was continued by somebody else")

    def _stands(self, after: object) -> bool:
        """Whether an earlier sending had its effect, though its reply was lost."""
        statement = "SELECT next FROM boot WHERE node = %s AND boot = %s"
        return self._session.query(statement, *self._place.values()) == [(after,)]

    def close(self) -> None:
        """Forget the boot: nothing of it will be sent again."""
        with suppress(StoreError):
            self._session.execute("DELETE FROM boot WHERE node = %(node)s AND boot = %(boot)s", self._place)
        self._session.close()


class PostgresStore:
    """A log in one schema of a database."""

    def __init__(self, url: str, layout: Layout, files: Files | None = None) -> None:
        """The second copy of the checkpoint is a local file of *layout*. Raises StoreError."""
        self._url, self._schema = split(url)
        self._layout = layout
        self._files = files or Files()
        self._lead = Session(self._url, self._schema)
        self._reader = Session(self._url, self._schema)
        self._leads = False
        self._checkpoint: bytes | None = None

    @property
    def name(self) -> str:
        """The database and the schema."""
        parts = urlsplit(self._url)
        return f"postgres://{parts.hostname or ''}{parts.path}?schema={self._schema}"

    # -- reading ---------------------------------------------------------------------------------

    def fetch(self, path: str) -> bytes | None:
        """One row of ``file``."""
        rows = self._reader.query("SELECT data FROM file WHERE path = %s", path)
        return bytes(rows[0][0]) if rows else None

    def tiles(self) -> list[str]:
        """Paths of all tiles."""
        rows = self._reader.query("SELECT path FROM file WHERE path LIKE %s ORDER BY path", "tile/%")
        return [path for (path,) in rows]

    def anchors(self) -> Path | None:
        """The local folder."""
        return self._layout.anchors

    def second(self) -> bytes | None:
        """The local second copy."""
        with suppress(FileNotFoundError):
            return self._layout.second.read_bytes()
        return None

    def durable(self) -> Iterator[bytes]:
        """All records in ``wal``."""
        rows = self._reader.query("SELECT frames FROM wal ORDER BY boot, node, first")
        return (payload for (frames,) in rows for payload, _ in unframe(bytes(frames)))

    def waiting(self) -> Iterator[bytes]:
        """Records in ``wal`` beyond the state."""
        known = self.state().offsets
        rows = self._reader.query("SELECT node, boot, first, frames FROM wal ORDER BY boot, node, first")
        fresh = [bytes(row[3]) for row in rows if str(SegmentName(*row[:3])) not in known]
        return (payload for frames in fresh for payload, _ in unframe(frames))

    def torn(self) -> list[str]:
        """Rows are whole."""
        return []

    # -- writing ---------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make the tables, unless they are there; refuse a server that does not keep what it commits."""
        make_directories(self._files, self._layout.second.parent)
        session = Session(self._url, self._schema)
        try:
            if session.query("SHOW fsync") != [("on",)]:
                raise StoreError("PostgreSQL runs with fsync off: it would lose what it acknowledged")
            if session.query("SELECT to_regclass(%s)", f'"{self._schema}".file') == [(None,)]:
                session.run(self._create)
        finally:
            session.close()

    def _create(self, on: psycopg.Connection[Any]) -> None:
        """Under a lock: workers begin at the same time.

        The lock is the session's, taken before the transaction begins: that is when a connection learns
        what others made, and not when it is granted a lock.
        """
        on.execute("SELECT pg_advisory_lock(hashtextextended(%s, 1))", (self._schema,))
        with on.transaction():
            if on.execute("SELECT to_regclass(%s)", (f'"{self._schema}".file',)).fetchone() == (None,):
                on.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(self._schema)))
                on.execute(_TABLES)

    def begin(self, node: str, boot: str, first: int) -> Rows:
        """A writer with a connection of its own."""
        return Rows(Session(self._url, self._schema), node, boot, first)

    def lead(self) -> bool:
        """Hold the advisory lock; it ends with the connection, whoever breaks that."""
        if self._leads and self._lead.connected:
            return True
        statement = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
        self._leads = self._lead.query(statement, self._schema) == [(True,)]
        return self._leads

    def release(self) -> None:
        """The connection holds the lock."""
        self._leads = False
        self._lead.close()
        self._reader.close()

    def unpublished(self, segment: str) -> bool:
        """Whether rows of the segment's boot are left."""
        name = SegmentName.parse(segment)
        return bool(name and self._reader.query("SELECT 1 FROM wal WHERE node = %s AND boot = %s", *name[:2]))

    def state(self) -> State:
        """The row ``wal/state``."""
        data = self.fetch(STATE)
        return State.parse(data) if data is not None else State()

    def signed(self) -> Sequence[tuple[str, bytes]]:
        """Second copy and checkpoint; the latter is what :meth:`sign` expects to replace."""
        self._checkpoint = self.fetch(CHECKPOINT)
        found = ((str(self._layout.second), self.second()), (CHECKPOINT, self._checkpoint))
        return [(place, data) for place, data in found if data is not None]

    def versions(self, path: str) -> list[str]:
        """Full and partial rows of a tile."""
        statement = "SELECT path FROM file WHERE path = %s OR path LIKE %s"
        return [found for (found,) in self._lead.query(statement, path, f"{path}.p/%")]

    def gather(self, state: State) -> Batch:
        """Rows that *state* does not name; those that it names are finished already."""
        rows = self._lead.query(
            "SELECT node, boot, first, frames FROM wal ORDER BY boot, node, first LIMIT %s", _ROWS
        )
        batch = Batch(more=len(rows) == _ROWS)
        for *place, frames in rows:
            name = str(SegmentName(*place))
            batch.finished.append(name)
            batch.offsets[name] = len(frames)
            if name not in state.offsets:
                batch.entries += [payload for payload, _ in unframe(bytes(frames))]
        return batch

    def integrate(self, files: Mapping[str, bytes], state: State, batch: Batch) -> None:  # noqa: ARG002
        """Tiles and state in one transaction."""

        def work(on: psycopg.Connection[Any]) -> None:
            with on.transaction(), on.cursor() as cursor:
                cursor.executemany("INSERT INTO file VALUES (%s, %s)", list(files.items()))
                _put(cursor, STATE, state.dump())

        self._lead.run(work)

    def describe(self, vkey: bytes) -> None:
        """The row ``vkey``."""
        self._lead.run(lambda on: _put(on.cursor(), VKEY, vkey))

    def sign(self, signed: bytes) -> None:
        """The local second copy first, then compare and swap the row."""
        publish(self._files, {self._layout.second: signed})
        if self._checkpoint is None:
            statement = "INSERT INTO file VALUES (%(path)s, %(new)s) ON CONFLICT DO NOTHING"
        else:
            statement = "UPDATE file SET data = %(new)s WHERE path = %(path)s AND data = %(old)s"
        values = {"path": CHECKPOINT, "new": signed, "old": self._checkpoint}
        if self._lead.execute(statement, values) != 1:
            raise ForkError("somebody else replaced the checkpoint")
        self._checkpoint = signed

    def retire(self, batch: Batch, state: State) -> None:  # noqa: ARG002
        """Delete the batch's rows."""
        names = [SegmentName.parse(name) for name in batch.finished]
        places = [tuple(name) for name in names if name]
        if places:
            statement = "DELETE FROM wal WHERE node = %s AND boot = %s AND first = %s"
            self._lead.run(lambda on: _each(on, statement, places))

    def drop(self, paths: Sequence[str]) -> None:
        """Delete rows."""
        if paths:
            self._lead.execute("DELETE FROM file WHERE path = ANY(%s)", [list(paths)])


def _each(on: psycopg.Connection[Any], statement: LiteralString, values: Sequence[Sequence[Any]]) -> None:
    with on.transaction(), on.cursor() as cursor:
        cursor.executemany(statement, values)


def _put(cursor: psycopg.Cursor[Any], path: str, data: bytes) -> None:
    statement = "INSERT INTO file VALUES (%s, %s) ON CONFLICT (path) DO UPDATE SET data = excluded.data"
    cursor.execute(statement, (path, data))


def split(url: str) -> tuple[str, str]:
    """The address as PostgreSQL knows it, and our parameter ``schema``."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query)
    schema = dict(pairs).get("schema", SCHEMA)
    if not schema.isidentifier() or not schema.isascii():
        raise StoreError(f"{schema!r} is no name of a schema")
    query = urlencode([(key, value) for key, value in pairs if key != "schema"])
    return urlunsplit(parts._replace(query=query)), schema
