"""勤務表: the reading beside the sheet, and what is asked, answered there."""

from __future__ import annotations

from pathlib import Path

from tests.unit.console.conftest import Asker, House

from sekisho import care
from sekisho.care.roster.questions import questions, rosters
from sekisho.care.tables import LOAD, ROSTER, ROSTER_GRID, ROSTER_LETTER, ROSTER_NAME
from sekisho.identity import Role


def test_a_roster_is_shown_and_its_letters_are_answered(house: House, tmp_path: Path) -> None:
    """Each cell shows what was understood; who keeps the lists sees no names but what is asked, and answers."""
    here = house.installation
    someone = next(one for one in care.people(here.database) if one.name)
    path = tmp_path / "r.csv"
    head = "2026年10月 試験棟9東 勤務表\n職員番号,氏名," + ",".join(map(str, range(1, 32)))
    lines = f"{someone.user_id},{someone.name}{',◎' * 31}\n,無名の人{',公' * 31}"
    path.write_text(f"{head}\n{lines}\n", encoding="utf-8")
    care.load([path], database=here.database, clock=here.clock)
    [roster] = rosters(here.database, place="9東")

    where = f"/people/rosters/{roster.load_id}"

    async def as_reviewer(asker: Asker) -> None:
        _, text = await asker.get(where)
        assert all(word in text for word in ("意味？", "◎", "無名の人", str(someone.name)))

    async def as_keeper(asker: Asker) -> None:
        _, text = await asker.get(where)
        assert all(word in text for word in ("意味？", "◎", "無名の人"))
        assert str(someone.name) not in text
        _, text = await asker.get("/people/rosters")
        assert "「◎」の意味" in text
        form = {"letter0": "◎", "duty0": "work", "start0": "08:00", "end0": "20:00"}
        await asker.post("/people/rosters/letters", place="9e", **form)
        form = {"written": "無名の人", "user": someone.user_id}
        await asker.post("/people/rosters/name", place="9e", **form)

    house.ask(Role.REVIEWER, as_reviewer)
    house.ask(Role.ADMINISTRATOR, as_keeper)
    assert [asked for asked in questions(here.database) if asked.key == "9e"] == []
    [roster] = rosters(here.database, place="9東")
    assert (roster.turns, roster.letters) == (62, 0)
    with here.database.write() as c:  # the hospital is every test's
        for table in (ROSTER, ROSTER_GRID, ROSTER_LETTER, ROSTER_NAME):
            c.execute(table.delete())
        c.execute(LOAD.delete().where(LOAD.c.taken_for == care.Kind.ROSTERS))
