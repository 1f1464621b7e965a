"""A list of the register as a file: what it holds, or empty to be filled in."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sekisho.app.history import today
from sekisho.app.inspection.register.beside import beside
from sekisho.app.installation import Installation
from sekisho.pages.words import say
from sekisho.paper.form import FormColumn, FormSheet, form_workbook
from sekisho.paper.sheet import list_csv, list_workbook

if TYPE_CHECKING:
    from sekisho.inspection.register import Field

TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
EMPTY = 40
"""Rows of a workbook that is to be filled in."""
_CHOICES = 250
"""Letters that Excel takes as the choices of a cell."""
_WIDTHS = {"long": 40.0, "day": 14.0, "number": 10.0, "choice": 20.0}


def exported(
    installation: Installation, name: str, form: str, *, language: str = "ja", **chosen: Any
) -> bytes:
    """Return a list as CSV or XLSX, with the headings by which it is read again.

    Args:
        installation: Where it is.
        name: Of the list.
        form: ``csv`` or ``xlsx``.
        language: Of headings and choices.
        chosen: The filter of `register.lines`.
    """
    from sekisho.inspection import register  # noqa: PLC0415 (slow to import)

    part = register.part(name)
    found = register.lines(installation.database, name, today=today(installation), **chosen)
    rows = (_row(part.shown, one.told, language) for one in found)
    columns = [(_heading(one, language), _WIDTHS.get(one.kind, 22.0)) for one in part.shown]
    if form == "csv":
        return list_csv([title for title, _ in columns], rows)
    out = io.BytesIO()
    title = say(language, f"register.part.{name}")
    list_workbook(out, title, columns, rows, made_at=installation.clock.now())
    return out.getvalue()


def template(installation: Installation, name: str, *, language: str = "ja") -> bytes:
    """Return a workbook to fill in: what is known to be missing stands in it already."""
    from sekisho.inspection import register  # noqa: PLC0415 (slow to import)

    part = register.part(name)
    columns = [
        FormColumn(
            title=_heading(one, language),
            width=_WIDTHS.get(one.kind, 22.0),
            fill=True,
            choices=_choices(one, language),
        )
        for one in part.typed
    ]
    begun = [_row(part.typed, one.begin, language) for one in beside(installation, name)]
    rows = [*begun, *([""] * len(columns) for _ in range(max(EMPTY - len(begun), 5)))]
    title = say(language, f"register.part.{name}")
    lines = [
        f"{installation.institution or ''} {title}".strip(),
        say(language, f"register.about.{name}"),
        say(language, "register.template.fill"),
    ]
    sheet = FormSheet(title=title, lines=lines, columns=columns, rows=rows)
    return form_workbook([sheet], title=title, made_at=installation.clock.now())


def _heading(field: Field, language: str) -> str:
    return say(language, f"register.field.{field.name}")


def _choices(field: Field, language: str) -> tuple[str, ...]:
    if field.choices is None:
        return ()
    found = tuple(
        say(language, f"register.choice.{field.choices.name}.{value}")
        for value in field.choices.values
    )
    return found if len(",".join(found)) <= _CHOICES else ()


def _row(fields: Sequence[Field], told: Mapping[str, Any], language: str) -> list[str]:
    return list(_cells(fields, told, language))


def _cells(fields: Sequence[Field], told: Mapping[str, Any], language: str) -> Iterator[str]:
    for one in fields:
        value = told.get(one.name)
        if value is None:
            yield ""
        elif one.choices is not None:
            yield say(language, f"register.choice.{one.choices.name}.{value}")
        else:
            yield str(value)
