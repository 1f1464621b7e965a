"""Say what a file seems to be and propose how to read it, with ten rows read that way."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sekisho.care.sheets import unmangled
from sekisho.collect.encoding import detect, sample
from sekisho.collect.interface import Bad, Proposal, Said, Sampled
from sekisho.collect.mapping import FIELDS, Mapping
from sekisho.collect.times import Order, guess_order, read_moment, shares
from sekisho.collect.vendor_csv import CsvReading, header_source
from sekisho.collect.vocabulary import shipped
from sekisho.errors import InvalidInputError
from sekisho.terms import Action

_DELIMITERS = (",", "\t", ";", "|")
_ROWS = 400
_SHOWN = 10
_MOST = 0.7
TYPED = frozenset({"ログイン名", "ログオン名", "サインイン名"})
"""Headers of what is typed at the sign-in, where no other column says who."""
"""Share of a column's values that must be times before it is taken for one."""
_STORED = set(FIELDS) - {"occurred_at", "ended_at", "ignore"}
_FIRST_ONLY = {"user_id", "outcome", "session", "class", "duty", "terminal", "address", "reason"}


def sniff_csv(path: Path, shown: str, *, zone: str, mapping: Mapping | None = None) -> Proposal:
    """Return the proposal for `path` as CSV; a given `mapping` is completed, not replaced."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head, pieces = sample(file, size)
    encoding, sure = detect(head, pieces)
    if mapping and mapping.encoding != "auto":
        encoding, sure = mapping.encoding, True
    text = _text(head, encoding, whole=size <= len(head))
    asked = mapping.delimiter if mapping and mapping.delimiter != "auto" else None
    delimiter, row, rows = _layout(text, asked)
    if not rows:
        return _nothing(shown, encoding, mapping)
    if mapping is not None:
        row = _row_of(mapping, rows)
        header = [cell.strip().lstrip("\ufeff") for cell in rows[row - 1]] if row else []
        complete = replace(
            mapping,
            encoding=encoding,
            delimiter=delimiter,
            header_row=row,
            order=_order_of(mapping, header, rows[row:]),
        )
        proposal = Proposal(
            path=shown,
            kind="csv",
            source=mapping.name or header_source(header),
            confidence=1.0,
            mapping=complete,
            encoding=encoding,
            delimiter=delimiter,
            header_row=row,
            header=tuple(header),
        )
        return _with_sample(path, proposal, zone, rows[row:])
    header = [cell.strip().lstrip("\ufeff") for cell in rows[row - 1]]
    body = [cells for cells in rows[row:] if cells and not shipped().is_footer(cells)]
    columns = _Columns(header, body)
    proposal = Proposal(
        path=shown,
        kind="csv",
        source=header_source(header),
        confidence=columns.confidence
        if sure or encoding == "utf-8"
        else max(columns.confidence - 0.3, 0.0),
        mapping=Mapping(
            encoding=encoding,
            delimiter=delimiter,
            header_row=row,
            columns=columns.columns,
            known=tuple(columns.known),
            order=columns.order,
            action=columns.action,
        ),
        encoding=encoding,
        delimiter=delimiter,
        header_row=row,
        header=tuple(header),
        doubts=tuple(columns.doubts),
        missing=tuple(columns.missing),
    )
    if proposal.missing:
        if _is_garbled(header):
            proposal = replace(proposal, missing=(("collect.misread", {}),), doubts=())
        return replace(proposal, sample=_raw_sample(body, proposal.missing[0][0]))
    return _with_sample(path, proposal, zone, body)


def _is_garbled(header: Sequence[str]) -> bool:
    """Return whether `header` names columns once its mojibake is undone."""
    lost = sum("\ufffd" in name or "??" in name for name in header)
    known = shipped().header
    strange = [name for name in header if known(name) is None]
    return lost > 1 or any(known(text) for name in strange for text in unmangled(name))


def _nothing(shown: str, encoding: str, mapping: Mapping | None) -> Proposal:
    return Proposal(
        path=shown,
        kind="csv",
        source=header_source([]),
        confidence=0.0,
        mapping=mapping or Mapping(encoding=encoding),
        encoding=encoding,
        missing=(("collect.no_rows", {}),),
    )


def _text(head: bytes, encoding: str, *, whole: bool) -> str:
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    text = head.decode(codec, "replace").lstrip("\ufeff")
    if not whole and "\n" in text:
        text = text[: text.rfind("\n") + 1]
    return text if "\n" in text else text.replace("\r", "\n")


def _parse(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while len(rows) < _ROWS:
        try:
            rows.append(next(reader))
        except StopIteration:
            break
        except csv.Error:
            continue
    return rows


def _layout(text: str, asked: str | None) -> tuple[str, int, list[list[str]]]:
    """Return delimiter, header row from 1, and the first rows."""
    words = shipped()
    best: tuple[float, str, int, list[list[str]]] = (-1.0, ",", 1, [])
    for delimiter in (asked,) if asked else _DELIMITERS:
        rows = _parse(text, delimiter)
        filled = [cells for cells in rows if cells]
        if not filled:
            continue
        width = Counter(len(cells) for cells in filled).most_common(1)[0][0]
        if width < 2 and not asked:
            continue
        for number, cells in enumerate(rows[:30], 1):
            known = [header for header in map(words.header, cells) if header]
            score = float(len({header.field for header in known if header.sure}))
            score += 0.5 * len({header.field for header in known if not header.sure})
            if len(cells) == width:
                score += 0.4
            if score > best[0]:
                best = (score, delimiter, number, rows)
    return best[1], best[2], best[3]


def _row_of(mapping: Mapping, rows: list[list[str]]) -> int:
    """Return the row of the header that a given mapping fits; it may have moved."""
    if not mapping.header_row:
        return 0
    names = {name.strip().split("#")[0] for names in mapping.columns.values() for name in names}
    candidates: list[int] = [mapping.header_row, *range(1, min(len(rows), 30) + 1)]
    for row in candidates:
        if row <= len(rows) and names <= {cell.strip().lstrip("\ufeff") for cell in rows[row - 1]}:
            return row
    return min(mapping.header_row, len(rows))


def _order_of(mapping: Mapping, header: list[str], body: list[list[str]]) -> Order:
    """Return the mapping's order of dates, or the one that reads the column where it does not."""
    names = mapping.columns.get("occurred_at") or mapping.columns.get("date") or ()
    if not names or names[0] not in header:
        return mapping.order
    place = header.index(names[0])
    values = [cells[place] for cells in body if len(cells) > place and cells[place].strip()]
    read = sum(read_moment(value, mapping.order) is not None for value in values)
    guessed, share, _ = guess_order(values)
    return guessed if read < 0.5 * len(values) < share * len(values) else mapping.order


class _Columns:
    """Works out which column is what; sure where header and contents agree."""

    def __init__(self, header: Sequence[str], body: list[list[str]]) -> None:
        self.header = header
        self.body = body
        self.columns: dict[str, tuple[str, ...]] = {}
        self.known: list[str] = []
        self.doubts: list[Said] = []
        self.missing: list[Said] = []
        self.order = Order.YMD
        self._time_sure = self._user_sure = False
        self._by_field: dict[str, list[int]] = {}
        self._likely: set[int] = set()
        self._read_headers()
        self._choose_time()
        self._choose_user()
        self._choose_rest()

    @property
    def action(self) -> str | None:
        """Return the act of rows that name none: a list of times of sign-in is one of sign-ins."""
        if {"action", "object", "patient_ids"} & self.columns.keys():
            return None
        names = [*self.columns.get("occurred_at", ()), *self.columns.get("date", ())]
        said = shipped().act(names[0]) if names else None
        return "login" if said and said.action is Action.LOGIN else None

    @property
    def confidence(self) -> float:
        """0.5 for a sure time, 0.35 for a sure user, 0.1 for patients, 0.05 for acts."""
        if self.missing:
            return 0.0
        score = 0.5 if self._time_sure else 0.3
        score += 0.35 if self._user_sure else 0.15
        score += 0.1 * ("patient_ids" in self.columns)
        score += 0.05 * ("action" in self.columns or "object" in self.columns)
        # Whatever else is known, a doubt about who or when is a person's to settle.
        return round(score if self._time_sure and self._user_sure else min(score, 0.7), 2)

    def _name(self, index: int) -> str:
        name = self.header[index]
        earlier = list(self.header[:index]).count(name)
        return f"{name}#{earlier + 1}" if earlier else name

    def _values(self, index: int) -> list[str]:
        return [cells[index] for cells in self.body if len(cells) > index and cells[index].strip()]

    def _read_headers(self) -> None:
        words = shipped()
        for index, name in enumerate(self.header):
            found = words.header(name)
            if found is None:
                continue
            self._by_field.setdefault(found.field, []).append(index)
            if not found.sure:
                self._likely.add(index)

    def _choose_time(self) -> None:
        timely = self._by_field.get("occurred_at", [])
        kinds = {index: shares(self._values(index)) for index in timely}
        full = [i for i in timely if sum(kinds[i][:2]) >= _MOST and kinds[i][0] > 0]
        dates = [i for i in timely if kinds[i][1] >= _MOST]
        clocks = [i for i in timely if kinds[i][2] >= _MOST]
        if not self.body and timely:
            # No row yet: the header alone has to tell.
            full = timely[:1]
        full.sort(key=lambda i: i in self._likely)
        self._time_sure = True
        if full:
            self.columns["occurred_at"] = (self._name(full[0]),)
            chosen = full[0]
            self._time_sure = chosen not in self._likely
        elif dates and clocks:
            self.columns["date"] = (self._name(dates[0]),)
            self.columns["time"] = (self._name(clocks[0]),)
            chosen = dates[0]
        elif dates:
            self.columns["occurred_at"] = (self._name(dates[0]),)
            self.doubts.append(("collect.doubt_day_only", {"column": self._name(dates[0])}))
            chosen = dates[0]
        else:
            self._time_by_contents()
            return
        self._check_order(chosen)
        self._choose_end()

    def _time_by_contents(self) -> None:
        self._time_sure = False
        taken = {i for field in ("personal", "ended_at") for i in self._by_field.get(field, ())}
        for index in range(len(self.header)):
            values = self._values(index)
            if index in taken or len(values) < 1:
                continue
            full, date, _ = shares(values)
            order, _, _ = guess_order(values[:200])
            if full + date >= 0.95 and full > 0 and order in {Order.YMD, Order.MDY, Order.DMY}:
                name = self._name(index)
                self.columns["occurred_at"] = (name,)
                self.doubts.append(("collect.doubt_time_by_contents", {"column": name}))
                self._check_order(index)
                return
        self.missing.append(("collect.no_time", {}))

    def _check_order(self, index: int) -> None:
        if not self.body:
            return
        self.order, share, sure = guess_order(self._values(index))
        if share < 0.9 and len(self._values(index)) * (1 - share) > 2:
            self._time_sure = False
            self.doubts.append(
                (
                    "collect.doubt_time_share",
                    {"column": self._name(index), "percent": int(share * 100)},
                )
            )
        if not sure:
            self._time_sure = False
            self.doubts.append(("collect.doubt_time_order", {"column": self._name(index)}))

    def _choose_end(self) -> None:
        ends = self._by_field.get("ended_at", [])
        kinds = {index: shares(self._values(index)) for index in ends}
        full = [i for i in ends if kinds[i][0] + kinds[i][1] >= 0.8 and kinds[i][0] > 0]
        dates = [i for i in ends if kinds[i][1] >= 0.8]
        clocks = [i for i in ends if kinds[i][2] >= 0.8]
        if full:
            self.columns["ended_at"] = (self._name(full[0]),)
        elif clocks:
            self.columns["ended_time"] = (self._name(clocks[0]),)
            if dates:
                self.columns["ended_date"] = (self._name(dates[0]),)
        elif dates:
            self.columns["ended_at"] = (self._name(dates[0]),)

    def _choose_user(self) -> None:
        users = sorted(self._by_field.get("user_id", []), key=lambda i: i in self._likely)
        for index in users:
            values = self._values(index)
            if not values and len(users) > 1:
                continue
            self.columns["user_id"] = (self._name(index),)
            ids = sum(value.strip().isascii() and " " not in value.strip() for value in values)
            looks = not values or ids >= 0.8 * len(values)
            self._user_sure = index not in self._likely and looks
            if not looks:
                self.doubts.append(("collect.doubt_user_is_name", {"column": self._name(index)}))
            return
        # A "User Name" often holds what is typed at the sign-in: then it is the id.
        for index in self._by_field.get("user_name", []):
            values = self._values(index)
            if values and all(value.isascii() and " " not in value for value in values):
                self.columns["user_id"] = (self._name(index),)
                name = self.header[index].strip()
                self._user_sure = name.isascii() or name in TYPED
                return
        self.missing.append(("collect.no_user", {}))

    def _choose_rest(self) -> None:
        used = {name for names in self.columns.values() for name in names}
        for field, indexes in self._by_field.items():
            names = [self._name(index) for index in indexes if self._name(index) not in used]
            if not names:
                continue
            if field in _STORED and field not in self.columns:
                self.columns[field] = tuple(names[:1] if field in _FIRST_ONLY else names)
            elif field == "ignore":
                self.columns["ignore"] = tuple(names)
            elif field not in {"user_id", "occurred_at", "ended_at"}:
                self.known += names
        if "patient_ids" not in self.columns:
            self.doubts.append(("collect.doubt_no_patient", {}))
        if "action" not in self.columns and "object" not in self.columns:
            self.doubts.append(("collect.doubt_no_action", {}))
        if len(self.columns.get("patient_ids", ())) > 1:
            first, *others = self.columns["patient_ids"]
            self.columns["patient_ids"] = (first,)
            self.doubts.append(("collect.doubt_more_patients", {"columns": others}))


def _raw_sample(body: list[list[str]], reason: str) -> tuple[Sampled, ...]:
    filled = [cells for cells in body if cells][:_SHOWN]
    return tuple(
        Sampled(number=number, access=None, cells=tuple(cells), reason=reason)
        for number, cells in enumerate(filled, 1)
    )


def _with_sample(path: Path, proposal: Proposal, zone: str, body: list[list[str]]) -> Proposal:
    """Read ten rows with the mapping; what they show becomes doubts."""
    shown: list[Sampled] = []
    with path.open("rb") as file:
        try:
            reading = CsvReading(
                file, path=proposal.path, mapping=proposal.mapping, source=None, zone=zone
            )
        except InvalidInputError as error:
            said: Said = (error.message, error.values())
            sample_ = _raw_sample(body, error.message)
            return replace(proposal, confidence=0.0, missing=(said,), sample=sample_)
        read = bad = 0
        for item in reading.items():
            wrong = isinstance(item, Bad)
            bad, read = bad + wrong, read + 1
            if len(shown) < _SHOWN:
                shown.append(
                    Sampled(
                        number=reading.number,
                        access=None if isinstance(item, Bad) else item,
                        cells=tuple(reading.cells),
                        reason=item.reason if isinstance(item, Bad) else None,
                    )
                )
            if read >= _ROWS:
                break
    doubts = list(proposal.doubts)
    confidence = proposal.confidence
    if read and bad == read:
        nothing: Said = ("collect.map_reads_nothing", {"rows": read})
        return replace(proposal, confidence=0.0, missing=(nothing,), sample=tuple(shown))
    if reading.tally.words:
        words = list(reading.tally.words)[:10]
        doubts.append(("collect.doubt_words", {"words": words, "count": len(reading.tally.words)}))
    if bad > max(2, 0.2 * read):
        confidence = min(confidence, 0.5)
        doubts.append(("collect.doubt_unreadable", {"bad": bad, "read": read}))
    return replace(
        proposal, sample=tuple(shown), doubts=tuple(doubts), confidence=max(confidence, 0.0)
    )
