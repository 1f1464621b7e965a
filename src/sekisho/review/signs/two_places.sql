/*
id = "two_places"
kind = "sign"
order = 25
level = "L0"
score = 0.6
cut = true
rare = 0.05
needs = ["staff"]
columns = ["access.terminal", "access.user_id", "access.occurred_at"]
windows = { minutes = 10, turns = 3 }
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
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:02:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:04:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:06:00", terminal = "B" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:02:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:04:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:16:00", terminal = "B" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:02:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:04:00", terminal = "B" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:05:00", terminal = "B" },
]
*/
-- count
WITH turn AS (
  SELECT user_id, moment, lag(moment) OVER w AS since
  FROM event
  WHERE terminal IS NOT NULL AND exact AND kind IN ('person', 'unknown') AND source <> 'sekisho'
  WINDOW w AS (PARTITION BY user_id ORDER BY moment, index)
  QUALIFY terminal <> lag(terminal) OVER w
),
meet AS (
  SELECT a.user_id, min(a.since) AS since, b.moment AS until
  FROM (
    SELECT user_id, moment, lag(since, $turns - 1) OVER v AS since FROM turn
    WINDOW v AS (PARTITION BY user_id ORDER BY moment)
  ) AS a
  JOIN turn AS b ON b.user_id = a.user_id AND b.moment = a.moment
  WHERE a.moment - a.since <= $minutes * INTERVAL 1 MINUTE
  GROUP BY a.user_id, b.moment
)
SELECT DISTINCT e.index, NULL AS patient_id, '' AS matter
FROM meet AS m
JOIN event AS e ON m.user_id = e.user_id AND e.moment BETWEEN m.since AND m.until
SEMI JOIN open_touch AS o ON o.index = e.index;
