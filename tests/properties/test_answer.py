"""Whatever the records hold, a patient's copy leads to nobody."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sekisho.app.answer import Asked, Material, as_pdf, patient_lines
from sekisho.app.answer_data import as_json
from sekisho.care import Person
from sekisho.review.catalogue import explanations
from sekisho.review.looks import Look, Looks, Standing
from sekisho.terms import Action, Outcome, UserKind

SECRET = st.integers(0, 10**9).map(lambda n: f"秘{n:09d}密")
"""What must not be read: an id, a name, a terminal, a screen, a session, a file."""
CHECKPOINT = "sekisho.example/x\n1\nP1SMz2u9yOGdAXIPUkrRmjR2nVSxj4ypRr3dVXVcRbA=\n\n— x y\n"


@st.composite
def materials(draw: st.DrawFn) -> Material:
    """Draw an answer's material: people of the staff list and strangers, of every kind and standing."""
    looks: list[Look] = []
    posts: dict[tuple[str, dt.date], Person | None] = {}
    for index in range(draw(st.integers(0, 12))):
        day = dt.date(2026, 10, draw(st.integers(1, 5)))
        user = draw(st.none() | SECRET)
        listed = draw(st.booleans()) and user is not None
        if listed and user is not None:
            posts[user, day] = Person(
                user_id=user, name=draw(st.none() | SECRET),
                duty=draw(st.sampled_from([None, "医師", "看護師"])),
                department=draw(st.sampled_from([None, "内科"])),
                ward=draw(st.sampled_from([None, "3東"])),
                valid_from=None, valid_to=None, kind=UserKind.PERSON, proposed=None, posts=(),
            )  # fmt: skip
        earlier = [look.index for look in looks]
        record: dict[str, Any] = {
            "index": index,
            "recorded_at": "2026-10-09T00:00:00.000Z",
            "occurred_at": f"{day}T03:00:00.000Z",
            "ended_at": None,
            "time_precision": "second",
            "user_id": user,
            "user_kind": "person",
            "patient_ids": [
                {"id": "P1", "authority": None},
                {"id": draw(SECRET), "authority": None},
            ],
            "session": draw(SECRET),
            "action": draw(st.sampled_from(list(Action))).value,
            "outcome": draw(st.sampled_from(list(Outcome))).value,
            "source": draw(st.sampled_from(["emr", "sekisho"])),
            "terminal": draw(SECRET),
            "object": draw(SECRET),
            "class": draw(SECRET),
            "duty": draw(SECRET),
            "reason": draw(SECRET),
            "of": draw(st.none() | st.sampled_from(earlier)) if earlier else None,
            "marks": [],
            "origin": {"file": draw(SECRET), "row": 1},
        }
        looks.append(
            Look(
                record=record,
                day=day,
                user_id=user,
                kind=draw(st.sampled_from(list(UserKind))).value,
                listed=listed,
                valid=draw(st.booleans()),
                standing=draw(st.sampled_from(list(Standing))),
                explanation=draw(st.none() | st.sampled_from(explanations())),
            )
        )
    return Material(
        asked=Asked(
            patient="P1",
            start=dt.date(2026, 10, 1),
            end=dt.date(2026, 10, 5),
            language=draw(st.sampled_from(["ja", "en"])),
        ),
        looks=Looks(
            patient="P1", spellings=("P1",), authorities=(), looks=tuple(looks),
            doubtful=draw(st.integers(0, 3)), judged=frozenset(),
        ),
        sheets=(),
        posts=posts,
        at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
        institution="架空病院",
        simulated=True,
        zone="Asia/Tokyo",
        origin="sekisho.example/x",
        checkpoint=CHECKPOINT,
        fingerprint="ABCD",
        size=1,
    )  # fmt: skip


@given(materials())
def test_no_form_of_a_patients_copy_holds_a_secret(material: Material) -> None:
    """No id, name, terminal, screen, session, reason, file or other patient of any record stands in a patient's copy; the counts are whole."""
    said = as_json(material, form="patient", number="2026-0001", names=False).decode()
    assert "秘" not in said
    lines = patient_lines(material, names=False)
    assert all(not line.names for line in lines)
    known = {look.index for look in material.looks.looks}
    whole = [look for look in material.looks.looks if look.record["of"] not in known]
    assert sum(line.count for line in lines) == len(whole)


@given(materials())
def test_released_names_are_those_of_listed_people_alone(material: Material) -> None:
    """With names released, only names of the staff list stand there, never an id, and none for a shared, vendor or system id."""
    names = {
        person.name
        for look in material.looks.looks
        if look.kind in {"person", "unknown"}
        and look.user_id
        and (person := material.posts.get((look.user_id, look.day))) is not None
        and person.name
    }
    lines = patient_lines(material, names=True)
    assert {name for line in lines for name in line.names} <= names
    for line in lines:
        assert "秘" not in "".join([line.duty, line.department, line.purpose, *line.acts])


def test_the_paper_says_what_the_data_say() -> None:
    """The paper of a drawn answer is made from the same lines and holds no secret either."""
    import pypdfium2  # noqa: PLC0415 (this test alone reads a PDF)
    from hypothesis import Phase, find, settings  # noqa: PLC0415 (same)

    # The first that is found: to look for the smallest takes as long as it takes.
    first = settings(phases=[Phase.generate], max_examples=500, deadline=None)
    material = find(
        materials(), lambda one: len(one.looks.looks) > 8, settings=first, random=Random(1)
    )
    pdf = as_pdf(material, form="patient", number="2026-0001", names=False)
    with pypdfium2.PdfDocument(pdf) as document:
        text = "".join(page.get_textpage().get_text_range() for page in document)
    assert "秘" not in text
    assert "2026-0001" in text
