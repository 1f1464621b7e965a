"""The sheet and the catalogues as OSCAL."""

from __future__ import annotations

from typing import Any

from sekisho.app.inspection.editions import shelf_of
from sekisho.app.inspection.gather import sheet_of
from sekisho.app.installation import Installation
from sekisho.pages import say


def results_of(installation: Installation, catalogue: str, language: str) -> dict[str, Any]:
    """Return the OSCAL assessment results of a catalogue as it stands.

    Raises:
        InvalidInputError: There is no such catalogue.
    """
    from sekisho.inspection.oscal import results_document  # noqa: PLC0415 (slow to import)

    simulated = say(language, "inspection.oscal.simulated") if installation.simulated else ""
    return results_document(
        sheet_of(installation, catalogue),
        language=language,
        zone=installation.config.zone,
        institution=installation.institution or say(language, "app.month.no_institution"),
        remarks=simulated,
    )


def catalogue_of(installation: Installation, catalogue: str, language: str) -> dict[str, Any]:
    """Return the OSCAL catalog of an edition.

    Raises:
        InvalidInputError: There is no such catalogue.
    """
    from sekisho.inspection.oscal import catalogue_document  # noqa: PLC0415 (slow to import)

    book = shelf_of(installation).catalogue(catalogue)
    return catalogue_document(book, language, installation.clock.now())
