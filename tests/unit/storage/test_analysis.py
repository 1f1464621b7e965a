"""Jobs that one analysis does two at a time."""

from __future__ import annotations

import threading

import pyarrow as pa
import pytest

from sekisho.storage import Analysis, Job, analysis, asks


def test_jobs_done_together_see_the_same_and_are_answered_in_their_order() -> None:
    """Whichever hand takes a job, it reads what was registered and made before, in UTC, and its answer stands at its place; what jobs made and registered is there afterwards, what was forgotten is not."""
    with analysis() as desk:
        desk.register("given", pa.table({"n": [1, 2, 3]}))
        desk.execute("CREATE TABLE kept AS SELECT n FROM given")
        desk.expect_few()
        meet = threading.Barrier(2, timeout=30)

        def job(place: int) -> Job:
            def ask(hand: Analysis) -> tuple[int, int, str]:
                if place < 2:
                    meet.wait()
                    hand.register(f"by_{place}", pa.table({"n": [place]}))
                hand.execute(f"INSERT INTO kept SELECT n + {10 * place} FROM given")
                zone = hand.rows("SELECT CAST(TIMESTAMPTZ '2026-01-01 00:00:00+00' AS VARCHAR)")
                return place, hand.rows("SELECT max(n) FROM given")[0][0], zone[0][0]

            return ask

        told = desk.together(job(place) for place in range(5))
        assert told == [(place, 3, "2026-01-01 00:00:00+00") for place in range(5)]
        assert desk.rows("SELECT count(*), max(n) FROM kept") == [(18, 43)]
        assert desk.rows("SELECT a.n, b.n FROM by_0 AS a, by_1 AS b") == [(0, 1)]
        desk.forget("given")
        with pytest.raises(Exception, match="given"):
            desk.together([asks("SELECT * FROM given")])


def test_after_a_job_that_failed_no_other_is_begun_and_its_error_is_told() -> None:
    """A failed job ends the others: nothing is silently left out of an answer."""
    done: list[int] = []

    def fail(_: Analysis) -> None:
        raise ZeroDivisionError

    with analysis() as desk:
        desk.expect_few()
        jobs = [fail, *(lambda _, n=n: done.append(n) for n in range(100_000))]
        with pytest.raises(ZeroDivisionError):
            desk.together(jobs)
        assert len(done) < 100_000
        assert desk.rows("SELECT 1") == [(1,)], "it can be asked again"
