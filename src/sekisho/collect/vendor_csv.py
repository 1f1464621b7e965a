"""CSV and TSV as vendors' systems export them (notice item ③).

Read as a stream: memory does not grow with the file. A row that cannot be read is given as
`Bad` and the next row is read as if nothing had happened; an open quote costs one line.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from sekisho.collect.encoding import LIMIT, Lines
from sekisho.collect.interface import Bad, Item, Tally
from sekisho.collect.keys import Occurrences, line_key
from sekisho.collect.mapping import Mapping
from sekisho.collect.times import TimeReader
from sekisho.collect.vocabulary import Vocabulary, plain, with_words
from sekisho.errors import InvalidInputError
from sekisho.terms import Access, Action, Mark, Origin, Outcome, PatientId, TimePrecision

_SEVERAL = re.compile(r"[\s;；,，、/／]+")  # noqa: RUF001 (separators as hospitals type them)
_EXCEL = re.compile(r"\d(?:\.\d+)?E\+\d+\Z", re.ASCII | re.IGNORECASE)
_GUARD = re.compile(r'="(.*)"\Z')
_NOBODY = {"", "-", "－", "―", "なし", "無し", "null", "none", "n/a", "(null)"}
_LONGEST = 500
_CACHE = 20_000
_EMPTY_DAY = -1

Read = Callable[[Sequence[str]], "tuple[dt.datetime, TimePrecision] | None"]


@dataclass(frozen=True, slots=True)
class _Did:
    action: Action
    object: str | None
    outcome: Outcome | None
    known: bool


class CsvReading:
    """One CSV being read by a mapping.

    Raises:
        InvalidInputError: A column that the mapping names is not in the header.
    """

    def __init__(
        self, file: BinaryIO, *, path: str, mapping: Mapping, source: str | None, zone: str
    ) -> None:
        self.tally = Tally()
        self.path = path
        self.mapping = mapping
        self.cells: list[str] = []
        self.number = 0
        self.lines = Lines(file, mapping.encoding)
        self._rows = self._reader()
        self.header = self._header(mapping.header_row)
        self.source = source or mapping.name or header_source(self.header)
        self._occurrences = Occurrences()
        self._words: Vocabulary = with_words(mapping.actions, mapping.outcomes)
        self._time = TimeReader(mapping.zone or zone, mapping.order)
        self._at = self._columns()
        self._did: dict[tuple[str, str], _Did] = {}
        self._ended: dict[str, Outcome] = {}
        self._patients: dict[str, tuple[tuple[PatientId, ...], bool]] = {}

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
            self._occurrences.close()

    def _swallowed(self, cells: list[str]) -> bool:
        """Return whether a row over several lines is an open quote that took in other rows."""
        pending = self.lines.pending
        if len(pending) >= Lines.MAX_LINES or len(cells) != max(len(self.header), 1):
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
        return self._bad(reason, first, hashlib.sha256(first.rstrip(b"\r\n")).digest())

    def _bad(self, reason: str, raw: bytes, line: bytes, **args: int) -> Bad:
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

    def _until(self, cells: Sequence[str]) -> dt.datetime | None:
        at = self._at
        if "ended_at" in at:
            ended = self._time.read(cells[at["ended_at"][0]].strip())
        elif "ended_time" in at:
            day = at.get("ended_date") or at.get("date") or at["occurred_at"]
            ended = self._time.read_two(cells[day[0]].strip(), cells[at["ended_time"][0]].strip())
        else:
            return None
        return ended[0] if ended else None

    def _row(self, cells: list[str], raw: bytes) -> Item | None:
        at = self._at
        self.cells = cells
        width = len(self.header)
        if "ignore" in at:
            drop = at["ignore"]
            line = "\x1f".join([cell for i, cell in enumerate(cells) if i not in drop])
        else:
            line = "\x1f".join(cells)
        if "\0" in line:
            cells = [cell.replace("\0", "") for cell in cells]
        hashed = hashlib.sha256(line.encode("utf-8", "surrogatepass")).digest()
        if self.lines.broken:
            self.lines.broken = False
            return self._bad("collect.row_undecodable", raw, hashed)
        if len(cells) < width:
            cells = cells + [""] * (width - len(cells))
        when = self._when(cells)
        if when is None:
            if self._words.is_footer(cells) or (width and self._is_header(cells)):
                self.tally.ignored += 1
                self.number -= not any(cell.strip() for cell in cells)
                return None
            return self._bad("collect.row_no_time", raw, hashed)
        if width and len(cells) > width and any(cell.strip() for cell in cells[width:]):
            return self._bad(
                "collect.row_too_many_cells", raw, hashed, cells=len(cells), columns=width
            )
        return self._access(cells, raw, hashed, *when)

    def _is_header(self, cells: list[str]) -> bool:
        return [cell.strip() for cell in cells] == self.header

    def _access(
        self,
        cells: list[str],
        raw: bytes,
        hashed: bytes,
        when: dt.datetime,
        precision: TimePrecision,
    ) -> Access:
        at = self._at
        occurrence = self._occurrences.number(int(when.timestamp()) // 86400, hashed)
        doubtful = False
        user = self._one(cells, "user_id")
        if user is None:
            self.tally.doubts["collect.doubt_no_user"] += 1
            doubtful = True
        elif _EXCEL.match(user):
            self.tally.doubts["collect.doubt_excel_number"] += 1
            doubtful = True
        patients: tuple[PatientId, ...] = ()
        for place in at.get("patient_ids", ()):
            text = cells[place]
            found = self._patients.get(text) or self._patient(text)
            patients += found[0]
            if found[1]:
                self.tally.doubts["collect.doubt_excel_number"] += 1
                doubtful = True
        did = self._act(
            " ".join([cells[i] for i in at.get("action", ())]).strip(),
            " ".join([cells[i] for i in at.get("object", ())]).strip(),
        )
        if not did.known:
            doubtful = True
        outcome = Outcome.UNKNOWN
        for place in at.get("outcome", ()):
            outcome = self._outcome(cells[place])
        if outcome is Outcome.UNKNOWN and did.outcome is not None:
            outcome = did.outcome
        ended = None
        if "ended_at" in at or "ended_time" in at:
            ended = self._until(cells)
            if ended is not None and ended < when:
                self.tally.doubts["collect.doubt_ends_before"] += 1
                doubtful, ended = True, None
        if doubtful:
            self.tally.doubts["collect.doubtful"] += 1
        reason = self._one(cells, "reason")
        cut = reason is not None and len(reason) > _LONGEST
        return Access(
            occurred_at=when,
            source=self.source,
            key=line_key(self.source, hashed, occurrence),
            digest=hashlib.sha256(raw).hexdigest(),
            origin=Origin(file=self.path, row=self.number),
            action=did.action,
            outcome=outcome,
            time_precision=precision,
            user_id=user,
            patient_ids=self._with_authority(cells, patients),
            ended_at=ended,
            session=self._one(cells, "session"),
            terminal=self._one(cells, "terminal") or self._one(cells, "address"),
            object=did.object,
            class_=self._one(cells, "class"),
            duty=self._one(cells, "duty"),
            reason=reason[:_LONGEST] if reason else None,
            marks=(Mark.TRUNCATED,) if cut else (),
        )

    def _one(self, cells: list[str], field: str) -> str | None:
        for place in self._at.get(field, ()):
            text = cells[place].strip()
            if text:
                guarded = _GUARD.match(text) if text[0] == "=" else None
                text = guarded.group(1).strip() if guarded else text
                return (text if field == "reason" else text[:_LONGEST]) or None
        return None

    def _with_authority(
        self, cells: list[str], patients: tuple[PatientId, ...]
    ) -> tuple[PatientId, ...]:
        if "authority" not in self._at:
            return patients
        authority = self._one(cells, "authority")
        return tuple(PatientId(one.id, authority) for one in patients)

    def _patient(self, text: str) -> tuple[tuple[PatientId, ...], bool]:
        bare = text.strip()
        guarded = _GUARD.match(bare)
        bare = guarded.group(1) if guarded else bare
        if bare.casefold() in _NOBODY:
            found: tuple[tuple[PatientId, ...], bool] = ((), False)
        else:
            ids = [one for one in _SEVERAL.split(bare) if one]
            found = (
                tuple(PatientId(one[:_LONGEST]) for one in ids),
                any(_EXCEL.match(one) for one in ids),
            )
            for one in ids:
                if one.isdigit():
                    self.tally.patient_lengths[len(one)] += 1
                    self.tally.patient_zeros += one[0] == "0"
        if len(self._patients) >= _CACHE:
            self._patients.clear()
        self._patients[text] = found
        return found

    def _act(self, act: str, thing: str) -> _Did:
        found = self._did.get((act, thing))
        if found is None:
            found = self._new_act(act, thing)
            if len(self._did) >= _CACHE:
                self._did.clear()
            self._did[act, thing] = found
        if not found.known:
            word = act or thing
            if len(self.tally.words) < 200 or word in self.tally.words:
                self.tally.words[word[:40]] += 1
            self.tally.doubts["collect.doubt_unknown_word"] += 1
        return found

    def _new_act(self, act: str, thing: str) -> _Did:
        if not act and not thing:
            # A log that names no act still says that somebody was there.
            named = "action" in self._at
            return _Did(Action.EXECUTE if named else Action.READ, None, None, known=True)
        said = self._words.act(act) if act else self._words.act(thing)
        if act and not said.known and thing:
            by_thing = self._words.act(thing)
            # The screen helps only where the act itself is a bare code or number.
            said = by_thing if by_thing.known and plain(act).isdigit() else said
        name = thing or None
        if act and not said.exact:
            name = f"{thing} / {act}" if thing and thing != act else act
        if not act and "action" not in self._at and not said.known:
            said = type(said)(Action.READ, exact=False, known=True)
        outcome = self._words.ends_in(act or thing)
        return _Did(said.action, name[:_LONGEST] if name else None, outcome, known=said.known)

    def _outcome(self, text: str) -> Outcome:
        found = self._ended.get(text)
        if found is None:
            said = self._words.outcome(text)
            if said is None and len(self.tally.outcomes) < 200:
                self.tally.outcomes[text.strip()[:40]] += 1
            found = said or Outcome.UNKNOWN
            if len(self._ended) >= _CACHE:
                self._ended.clear()
            self._ended[text] = found
        return found


def header_source(header: Sequence[str], kind: str = "csv") -> str:
    """Return the default source: kind and header, never the file's name."""
    names = "\x1f".join(plain(name) for name in header)
    return f"{kind}-{hashlib.sha256(names.encode()).hexdigest()[:8]}"
