/*
id = "two_places"
kind = "sign"
order = 25
level = "L0"
score = 0.6
cut = true
whole = true
rare = 0.05
needs = []
columns = ["access.terminal", "access.user_id", "access.occurred_at", "terminals.place"]
windows = { minutes = 6 }
[title]
ja = "同じ利用者IDが同時に二か所で"
en = "One id at two places at once"
[why]
ja = "数分のうちに、行き来する形で二か所の端末から使われています（診療の見つからない記録%(records)s件）"
en = "within minutes the id was used at terminals of two places in turn (%(records)s records without care that was found)"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:02:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:03:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:04:00", terminal = "A" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:02:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:03:00", terminal = "B" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:02:00", terminal = "C" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:03:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:04:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:05:00", terminal = "C" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:02:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:04:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:06:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:08:00", terminal = "A" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:02:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:03:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:04:00", terminal = "A" },
]
terminals = [{ terminal = "A", place = "5東" }, { terminal = "B", place = "5東" }]
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:02:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:03:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:04:00", terminal = "A" },
]
terminals = [{ terminal = "A", place = "5東" }, { terminal = "B", place = "6西" }]
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:02:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:03:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:04:00", terminal = "A" },
]
terminals = [{ terminal = "A", place = "5東" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00", terminal = "10.0.0.1" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", terminal = "10.0.0.2" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:02:00", terminal = "10.0.0.1" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:03:00", terminal = "10.0.0.2" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:04:00", terminal = "10.0.0.1" },
]
terminals = [
  { terminal = "N5-1", address = "10.0.0.1", place = "5東" },
  { terminal = "N5-2", address = "10.0.0.2", place = "5東" },
]
*/
-- The machines that the list puts at one place are one place; one that is in no list is its own.
-- count
WITH stands AS (
  SELECT name, min(place) AS place FROM (
    SELECT lower(terminal) AS name, CAST(place_key AS VARCHAR) AS place FROM terminals
    UNION ALL
    SELECT lower(address), CAST(place_key AS VARCHAR) FROM terminals
  ) AS t
  GROUP BY name HAVING min(place) = max(place)
),
used AS (
  SELECT e.user_id, e.moment, e.index, coalesce(s.place, CAST(e.terminal AS VARCHAR)) AS place
  FROM event AS e
  SEMI JOIN (
    SELECT user_id, day FROM moved UNION ALL SELECT user_id, day - 1 FROM moved
    UNION ALL SELECT user_id, day + 1 FROM moved
  ) AS m ON m.user_id = e.user_id AND m.day = e.day
  LEFT JOIN stands AS s ON s.name = lower(CAST(e.terminal AS VARCHAR))
  WHERE e.terminal IS NOT NULL AND e.exact AND e.kind IN ('person', 'unknown')
    AND e.source <> 'sekisho'
),
turn AS (
  SELECT user_id, moment, index, place, lag(moment) OVER w AS since
  FROM used
  WINDOW w AS (PARTITION BY user_id ORDER BY moment, index)
  QUALIFY place <> lag(place) OVER w
),
meet AS (
  SELECT user_id, lag(since, 3) OVER v AS began, moment AS until
  FROM turn
  WINDOW v AS (PARTITION BY user_id ORDER BY moment, index)
  QUALIFY place = lag(place, 2) OVER v AND lag(place) OVER v = lag(place, 3) OVER v
    AND moment - lag(since, 3) OVER v <= $minutes * INTERVAL 1 MINUTE
)
SELECT DISTINCT o.index, CAST(NULL AS INTEGER) AS patient_id, '' AS matter
FROM open_touch AS o
JOIN meet AS m ON m.user_id = o.user_id AND o.moment BETWEEN m.began AND m.until;
