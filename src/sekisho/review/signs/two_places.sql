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
columns = ["access.terminal", "access.user_id", "access.occurred_at"]
windows = { minutes = 6 }
[title]
ja = "同じ利用者IDが同時に二か所で"
en = "One id at two places at once"
[why]
ja = "数分のうちに、端末を行き来する形で二つの端末から使われています（診療の見つからない記録%(records)s件）"
en = "within minutes the id was used at two terminals in turn (%(records)s records without care that was found)"
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
*/
-- count
WITH turn AS (
  SELECT user_id, moment, index, terminal, lag(moment) OVER w AS since
  FROM event AS e
  SEMI JOIN (
    SELECT user_id, day FROM moved UNION ALL SELECT user_id, day - 1 FROM moved
    UNION ALL SELECT user_id, day + 1 FROM moved
  ) AS m ON m.user_id = e.user_id AND m.day = e.day
  WHERE terminal IS NOT NULL AND exact AND kind IN ('person', 'unknown') AND source <> 'sekisho'
  WINDOW w AS (PARTITION BY user_id ORDER BY moment, index)
  QUALIFY terminal <> lag(terminal) OVER w
),
meet AS (
  SELECT user_id, lag(since, 3) OVER v AS began, moment AS until
  FROM turn
  WINDOW v AS (PARTITION BY user_id ORDER BY moment, index)
  QUALIFY terminal = lag(terminal, 2) OVER v AND lag(terminal) OVER v = lag(terminal, 3) OVER v
    AND moment - lag(since, 3) OVER v <= $minutes * INTERVAL 1 MINUTE
)
SELECT DISTINCT o.index, CAST(NULL AS INTEGER) AS patient_id, '' AS matter
FROM open_touch AS o
JOIN meet AS m ON m.user_id = o.user_id AND o.moment BETWEEN m.began AND m.until;
