"""CSV and TSV as vendors' systems export them (notice item ③).

Read as a stream: memory does not grow with the file. A row that cannot be read is given as
`Bad` and the next row is read as if nothing had happened; an open quote costs one line.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from msgspec.structs import replace

from sekisho.collect.encoding import LIMIT, Lines
from sekisho.collect.interface import Bad, Item, Tally
from sekisho.collect.join import SPANS, Found, Users, note
from sekisho.collect.keys import Occurrences, line_key
from sekisho.collect.mapping import Mapping
from sekisho.collect.meaning import LONGEST, Meaning
from sekisho.collect.times import TimeReader
from sekisho.collect.vocabulary import plain, with_words
from sekisho.errors import InvalidInputError
from sekisho.terms import Access, Mark, Origin, Outcome, PatientId, TimePrecision

_UNKNOWN = Outcome.UNKNOWN
_MOMENT = 5000
_EMPTY_DAY = -1
_DAY = dt.timedelta(days=1)
_NIGHT = dt.timedelta(hours=12)

_Identity = tuple[str | None, tuple[PatientId, ...], str, str]


class CsvReading:
    """One CSV being read by a mapping.

    Raises:
        InvalidInputError: A column that the mapping names is not in the header.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        path: str,
        mapping: Mapping,
        source: str | None,
        zone: str,
        occurrences: Occurrences | None = None,
        number: int = 0,
        users: Users | None = None,
        digest: str | None = None,
    ) -> None:
        """Read `file`; of a part of a log `number` rows came before it, counted by `occurrences`.

        `users` says whose a row without a user is, where the mapping joins two files; records
        bear `digest`, that of the whole file, or each that of its row.
        """
        self.tally = Tally()
        self.path = path
        self.mapping = mapping
        self.cells: list[str] = []
        self.number = number
        self.lines = Lines(file, mapping.encoding)
        self._rows = self._reader()
        self.header = self._header(mapping.header_row)
        self.source = source or mapping.name or header_source(self.header)
        self._counts_alone = occurrences is None
        self._occurrences = occurrences or Occurrences()
        self._time = TimeReader(mapping.zone or zone, mapping.order)
        self._at = self._columns()
        self._places()
        words = with_words(mapping.actions, mapping.outcomes)
        self._meaning = Meaning(
            words,
            self.tally,
            names_acts="action" in self._at,
            action=mapping.action,
            authority=mapping.authority,
            screens=mapping.screens,
        )
        self._users = users
        self._digest = digest
        self._moment: dt.datetime | None = None
        self._moments: dict[_Identity, str] = {}

    def _places(self) -> None:
        """Note where each field stands, so that a row is read without looking it up."""
        at = self._at
        self._width = len(self.header) or max(place for one in at.values() for place in one) + 1
        self._drop = at.get("ignore", [])
        self._user = at["user_id"][0] if "user_id" in at else None
        self._patients = at.get("patient_ids", [])
        self._act = at.get("action", [])
        self._thing = at.get("object", [])
        self._ending = at["outcome"][0] if "outcome" in at else None
        self._terminals = [*at.get("terminal", []), *at.get("address", [])]
        self._ends = "ended_at" in at or "ended_time" in at
        self._extra: dict[str, int] = {
            field: at[field][0]
            for field in ("session", "class", "duty", "reason", "authority")
            if field in at
        }

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self.lines.give(), delimiter=self.mapping.delimiter)

    def _header(self, row: int) -> list[str]:
        cells: list[str] = []
        try:
            for _ in range(row):
                cells = next(self._rows)
                self.lines.pending.clear()
        except (StopIteration, csv.Error) as error:
            raise InvalidInputError("collect.no_header", row=row) from error
        self.lines.broken = False
        return [cell.strip().lstrip("\ufeff") for cell in cells]

    def _columns(self) -> dict[str, list[int]]:
        places: dict[str, int] = {}
        for index, name in enumerate(self.header):
            places.setdefault(name, index)
            places.setdefault(f"{name}#{self.header[: index + 1].count(name)}", index)
        found: dict[str, list[int]] = {}
        if self.mapping.join and not {*self.mapping.join.by} & self.mapping.columns.keys():
            raise InvalidInputError("collect.join_no_column", by=", ".join(self.mapping.join.by))
        for field, names in self.mapping.columns.items():
            for name in names:
                if not self.mapping.header_row and name.isdigit() and int(name) > 0:
                    place: int | None = int(name) - 1
                else:
                    place = places.get(name.strip())
                if place is None:
                    raise InvalidInputError("collect.map_no_column", column=name, field=field)
                found.setdefault(field, []).append(place)
        if "occurred_at" not in found and "date" not in found:
            raise InvalidInputError("collect.no_time")
        return found

    def items(self) -> Iterator[Item]:
        """Give each record of the file, read or not."""
        pending = self.lines.pending
        try:
            while True:
                try:
                    cells = next(self._rows)
                except StopIteration:
                    if len(pending) < Lines.MAX_LINES:
                        break
                    yield self._first_line_bad("collect.row_open_quote")
                    continue
                except csv.Error:
                    yield self._first_line_bad("collect.row_broken")
                    continue
                if len(pending) > 1 and self._swallowed(cells):
                    yield self._first_line_bad("collect.row_open_quote")
                    continue
                raw = pending[0] if len(pending) == 1 else b"".join(pending)
                pending.clear()
                if not cells:
                    self.tally.ignored += 1
                    continue
                self.number += 1
                item = self._row(cells, raw)
                if item is not None:
                    yield item
        finally:
            self.tally.done = self.lines.done
            self.tally.time_forms = self._time.other_forms
            if self._counts_alone:
                self._occurrences.close()

    def _swallowed(self, cells: list[str]) -> bool:
        """Return whether a row over several lines is an open quote that took in other rows."""
        pending = self.lines.pending
        if len(pending) >= Lines.MAX_LINES or len(cells) != self._width:
            return True
        codec = self.lines.encoding.removesuffix("-sig")
        for line in pending[1:]:
            alone = line.decode(codec, "replace")
            try:
                parts = next(csv.reader([alone], delimiter=self.mapping.delimiter), [])
            except csv.Error:
                continue
            if len(parts) == len(self.header) and self._when(parts) is not None:
                return True
        return False

    def _first_line_bad(self, reason: str) -> Bad:
        pending = self.lines.pending
        first, rest = pending[0] if pending else b"", pending[1:]
        pending.clear()
        self.lines.broken = False
        self.lines.put_back(rest)
        self._rows = self._reader()
        self.number += 1
        if len(first) >= LIMIT:
            reason = "collect.row_too_long"
        return self._bad(reason, first, first.rstrip(b"\r\n").hex())

    def _bad(self, reason: str, raw: bytes, line: str, **args: int | str) -> Bad:
        occurrence = self._occurrences.number(_EMPTY_DAY, line)
        return Bad(
            number=self.number,
            reason=reason,
            args=args,
            raw=raw,
            digest=hashlib.sha256(raw).hexdigest(),
            key=line_key(self.source, line, occurrence),
            source=self.source,
        )

    def _when(self, cells: Sequence[str]) -> tuple[dt.datetime, TimePrecision] | None:
        at = self._at
        try:
            if "occurred_at" in at:
                return self._time.read(cells[at["occurred_at"][0]].strip())
            if "time" in at:
                return self._time.read_two(
                    cells[at["date"][0]].strip(), cells[at["time"][0]].strip()
                )
            return self._time.read(cells[at["date"][0]].strip())
        except IndexError:
            return None

    def _until(self, cells: Sequence[str], begun: dt.datetime) -> dt.datetime | None:
        at = self._at
        if "ended_at" in at:
            ended = self._time.read(cells[at["ended_at"][0]].strip())
        else:
            day = at.get("ended_date") or at.get("date") or at["occurred_at"]
            clock = cells[at["ended_time"][0]].strip()
            ended = self._time.read_two(cells[day[0]].strip(), clock) if clock else None
            if ended and "ended_date" not in at and _DAY - _NIGHT < begun - ended[0] < _DAY:
                # Only the clock is written, and midnight lies between.
                return ended[0] + _DAY
        if ended is None:
            return None
        end, precision = ended
        if end < begun and precision is TimePrecision.DAY:
            return None
        if end < begun and begun - end >= SPANS[precision]:
            self.tally.doubts["collect.doubt_ends_before"] += 1
            return None
        # An end in minutes may be written before a beginning in seconds of the same minute.
        return max(end, begun)

    def _row(self, cells: list[str], raw: bytes) -> Item | None:
        self.cells = cells
        drop = self._drop
        if not drop:
            line = "\x1f".join(cells)
        elif len(drop) == 1:
            line = "\x1f".join(cells[: drop[0]] + cells[drop[0] + 1 :])
        else:
            line = "\x1f".join([cell for i, cell in enumerate(cells) if i not in drop])
        if self.lines.broken:
            self.lines.broken = False
            return self._bad("collect.row_undecodable", raw, line)
        if "\0" in line:
            cells = [cell.replace("\0", "") for cell in cells]
        width = self._width
        if len(cells) < width:
            cells = cells + [""] * (width - len(cells))
        when = self._when(cells)
        if when is None:
            if self._meaning.is_footer(cells) or self._is_header(cells):
                self.tally.ignored += 1
                return None
            return self._bad("collect.row_no_time", raw, line)
        if len(cells) > width and self.header and any(map(str.strip, cells[width:])):
            return self._bad(
                "collect.row_too_many_cells", raw, line, cells=len(cells), columns=width
            )
        return self._access(cells, raw, line, *when)

    def _is_header(self, cells: list[str]) -> bool:
        return bool(self.header) and [cell.strip() for cell in cells] == self.header

    def _access(
        self, cells: list[str], raw: bytes, line: str, when: dt.datetime, precision: TimePrecision
    ) -> Item:
        meaning = self._meaning
        user, doubtful = (None, False) if self._user is None else meaning.users[cells[self._user]]
        patients: tuple[PatientId, ...] = ()
        for place in self._patients:
            ids, damaged = meaning.patients[cells[place]]
            patients = patients + ids if patients else ids
            doubtful = doubtful or damaged
        if doubtful:
            self.tally.doubts["collect.doubt_excel_number"] += 1
        terminal = None
        for place in self._terminals:
            terminal = terminal or meaning.plain_texts[cells[place]]
        joined = None
        if user is None and self._users is not None:
            joined = self._join(cells, terminal, when, precision)
            if joined is None:
                login = self._users.join.login
                return self._bad("collect.join_waits", raw, line, login=login)
            user = joined.user_id
        act = cells[self._act[0]] if len(self._act) == 1 else _joined(cells, self._act)
        thing = cells[self._thing[0]] if len(self._thing) == 1 else _joined(cells, self._thing)
        did = meaning.did[act, thing]
        if user is None or not did.known:
            doubtful = True
            self._note(user, act, thing, known=did.known)
        outcome = _UNKNOWN if self._ending is None else meaning.outcomes[cells[self._ending]]
        if outcome is _UNKNOWN and did.outcome is not None:
            outcome = did.outcome
        ended = self._until(cells, when) if self._ends else None
        if self._is_near(when, precision, (user, patients, act, thing), line) or doubtful:
            self.tally.doubts["collect.doubtful"] += 1
        record = Access(
            occurred_at=when,
            source=self.source,
            key=line_key(self.source, line, self._occurrences.number(when.toordinal(), line)),
            digest=self._digest or hashlib.sha256(raw).hexdigest(),
            origin=Origin(self.path, None, self.number),
            action=did.action,
            outcome=outcome,
            time_precision=precision,
            user_id=user,
            patient_ids=patients,
            ended_at=ended,
            terminal=terminal,
            object=did.object,
            class_=did.class_,
        )
        if self._extra:
            record = self._more(record, cells)
        if joined is not None and joined.user_id is not None and self._users is not None:
            record = replace(record, reason=note(joined, self._users.join, record.reason))
        return record

    def _join(
        self, cells: list[str], terminal: str | None, when: dt.datetime, precision: TimePrecision
    ) -> Found | None:
        """Return whose row it is, as far as can be told; None while the sign-ins have not come."""
        assert self._users is not None
        place = self._extra.get("session")
        session = self._meaning.plain_texts[cells[place]] if place is not None else None
        if not session and not terminal:
            self.tally.doubts["collect.doubt_join_none"] += 1
            return Found(None)
        if self._users.waits(when):
            return None
        found = self._users.find(session, terminal, when, precision)
        if found.user_id is not None:
            self.tally.doubts["collect.doubt_joined"] += 1
        elif found.several:
            self.tally.doubts["collect.doubt_join_many"] += 1
        else:
            self.tally.doubts["collect.doubt_join_none"] += 1
        return found

    def _more(self, record: Access, cells: list[str]) -> Access:
        """Return `record` with what only some systems tell."""
        values: dict[str, Any] = {
            field: self._meaning.plain_texts[cells[place]] for field, place in self._extra.items()
        }
        authority = values.pop("authority", None)
        if authority:
            ids = tuple(PatientId(one.id, authority) for one in record.patient_ids)
            record = replace(record, patient_ids=ids)
        reason = self._extra.get("reason")
        if reason is not None and len(cells[reason].strip()) > LONGEST:
            record = replace(record, marks=(Mark.TRUNCATED,))
        if "class" in values:
            values["class_"] = values.pop("class")
        return replace(record, **{name: value for name, value in values.items() if value})

    def _note(self, user: str | None, act: str, thing: str, *, known: bool) -> None:
        if user is None:
            self.tally.doubts["collect.doubt_no_user"] += 1
        if not known:
            self.tally.doubts["collect.doubt_unknown_word"] += 1
            self._meaning.note_unknown(act.strip(), thing.strip())

    def _is_near(
        self, when: dt.datetime, precision: TimePrecision, what: _Identity, line: str
    ) -> bool:
        """Return whether an earlier row of the same second says the same but for small print."""
        if precision is not TimePrecision.SECOND and precision is not TimePrecision.MILLISECOND:
            return False
        if when != self._moment:
            self._moment = when
            self._moments = {what: line}
            return False
        if len(self._moments) >= _MOMENT:
            return False
        near = self._moments.setdefault(what, line) != line
        if near:
            self.tally.doubts["collect.doubt_near_equal"] += 1
        return near


def _joined(cells: Sequence[str], places: Sequence[int]) -> str:
    return " ".join([cells[place] for place in places]).strip()


def header_source(header: Sequence[str], kind: str = "csv") -> str:
    """Return the default source: kind and header, never the file's name."""
    names = "\x1f".join(plain(name) for name in header)
    return f"{kind}-{hashlib.sha256(names.encode()).hexdigest()[:8]}"
