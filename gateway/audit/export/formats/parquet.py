"""Parquet: the common fields as typed columns, the whole record beside them. Needs the extra ``parquet``."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO

from gateway.audit.export.entry import Entry, Head
from gateway.audit.export.fields import FIELDS, Kind, flat

if TYPE_CHECKING:
    import pyarrow as pa

VERSION = "1"
"""Of the columns: a new column at the end leaves it, anything else raises it."""

ROW_GROUP = 8_192
"""Rows that are read, and held in memory, together."""

RECORD = "record"


class Parquet:
    """A file with a row for an entry, in row groups of :data:`ROW_GROUP`."""

    name = "parquet"

    def writer(self, out: BinaryIO, head: Head) -> "ParquetWriter":
        """Begin a file."""
        return ParquetWriter(out, head)


class ParquetWriter:
    """Gathers rows until a group is full."""

    def __init__(self, out: BinaryIO, head: Head) -> None:
        from pyarrow import parquet

        self._schema = schema(head)
        self._writer = parquet.ParquetWriter(out, self._schema, compression="zstd")
        self._rows: list[Entry] = []

    def write(self, entries: Sequence[Entry]) -> None:
        """Gather, and write what fills a group."""
        self._rows.extend(entries)
        while len(self._rows) >= ROW_GROUP:
            self._write_group(self._rows[:ROW_GROUP])
            self._rows = self._rows[ROW_GROUP:]

    def finish(self) -> None:
        """Write the last group and the footer."""
        if self._rows:
            self._write_group(self._rows)
        self._writer.close()

    def _write_group(self, entries: Sequence[Entry]) -> None:
        import pyarrow as pa

        rows = [flat(entry) | {RECORD: entry.data.decode()} for entry in entries]
        self._writer.write_table(pa.Table.from_pylist(rows, schema=self._schema), row_group_size=ROW_GROUP)


def schema(head: Head | None = None) -> "pa.Schema":
    """The columns, and under which checkpoint a file was read (key-value metadata ``lictor.*``)."""
    import pyarrow as pa

    types: Mapping[Kind, pa.DataType] = {
        "integer": pa.int64(),
        "text": pa.string(),
        "texts": pa.list_(pa.string()),
        "flag": pa.bool_(),
        "time": pa.timestamp("ms", tz="UTC"),
    }
    columns = [pa.field(field.name, types[field.kind], nullable=not field.always) for field in FIELDS]
    columns.append(pa.field(RECORD, pa.string(), nullable=False))
    return pa.schema(columns, metadata=_metadata(head) if head else None)


def _metadata(head: Head) -> Mapping[str, str]:
    return {
        "lictor.version": VERSION,
        "lictor.origin": head.origin,
        "lictor.size": str(head.size),
        "lictor.root": head.root,
    }
