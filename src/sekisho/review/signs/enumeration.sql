/*
id = "enumeration"
kind = "sign"
order = 12
level = "L0"
score = 0.85
cut = true
withdraws = true
needs = []
columns = ["access.patient_ids", "access.occurred_at"]
windows = { least = 6, minutes = 5, apart = 4 }
[title]
ja = "続き番号の患者を次々と"
en = "Patient numbers one after another"
[why]
ja = "番号の続く患者%(people)s人の記録を、数分おかずに順に開いています"
en = "the records of %(people)s patients with consecutive numbers were opened one after another within minutes"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "0001000", day = "2026-10-10", time = "12:00:00" },
  { user = "u1", patient = "0001001", day = "2026-10-10", time = "12:01:00" },
  { user = "u1", patient = "0001002", day = "2026-10-10", time = "12:02:00" },
  { user = "u1", patient = "0001003", day = "2026-10-10", time = "12:03:00" },
  { user = "u1", patient = "0001004", day = "2026-10-10", time = "12:04:00" },
  { user = "u1", patient = "0001005", day = "2026-10-10", time = "12:05:00" },
  { user = "u1", patient = "0001006", day = "2026-10-10", time = "12:06:00" },
  { user = "u1", patient = "0001007", day = "2026-10-10", time = "12:07:00" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "0001000", day = "2026-10-10", time = "12:00:00" },
  { user = "u1", patient = "0001001", day = "2026-10-10", time = "12:01:00" },
  { user = "u1", patient = "0001002", day = "2026-10-10", time = "12:02:00" },
  { user = "u1", patient = "0001003", day = "2026-10-10", time = "12:03:00" },
  { user = "u1", patient = "0001004", day = "2026-10-10", time = "12:04:00" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "0001000", day = "2026-10-10", time = "12:00:00" },
  { user = "u1", patient = "0001007", day = "2026-10-10", time = "12:01:00" },
  { user = "u1", patient = "0001014", day = "2026-10-10", time = "12:02:00" },
  { user = "u1", patient = "0001021", day = "2026-10-10", time = "12:03:00" },
  { user = "u1", patient = "0001028", day = "2026-10-10", time = "12:04:00" },
  { user = "u1", patient = "0001035", day = "2026-10-10", time = "12:05:00" },
  { user = "u1", patient = "0001042", day = "2026-10-10", time = "12:06:00" },
  { user = "u1", patient = "0001049", day = "2026-10-10", time = "12:07:00" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "0001000", day = "2026-10-10", time = "12:00:00" },
  { user = "u1", patient = "0001001", day = "2026-10-10", time = "12:06:00" },
  { user = "u1", patient = "0001002", day = "2026-10-10", time = "12:12:00" },
  { user = "u1", patient = "0001003", day = "2026-10-10", time = "12:18:00" },
  { user = "u1", patient = "0001004", day = "2026-10-10", time = "12:24:00" },
  { user = "u1", patient = "0001005", day = "2026-10-10", time = "12:30:00" },
  { user = "u1", patient = "0001006", day = "2026-10-10", time = "12:36:00" },
  { user = "u1", patient = "0001007", day = "2026-10-10", time = "12:42:00" },
]
*/
-- Who goes from number to number goes by no list of work. A patient among them whom something wide
-- explains (a visit of that week) belongs to the run, where most of it has nothing that explains it.
-- count
WITH open_number AS (
  SELECT t.user_id, t.patient_id, t.day, t.index, t.moment, TRY_CAST(regexp_extract(p.id, '[0-9]+$') AS BIGINT) AS number
  FROM open_touch AS t
  JOIN patient AS p ON p.patient_id = t.patient_id
  WHERE t.exact AND t.source <> 'sekisho'
),
close AS (
  SELECT user_id, day FROM (
    SELECT user_id, day,
      number - lag(number) OVER (PARTITION BY user_id, day ORDER BY number) AS gap
    FROM (SELECT DISTINCT user_id, day, number FROM open_number WHERE number IS NOT NULL) AS n
  ) AS g
  WHERE gap <= $apart GROUP BY user_id, day HAVING 2 * (count(*) + 1) >= $least
),
near AS (
  SELECT o.* FROM open_number AS o
  SEMI JOIN close AS c ON c.user_id = o.user_id AND c.day = o.day
  WHERE o.number IS NOT NULL
),
passed AS (
  SELECT DISTINCT t.user_id, t.patient_id, t.day, t.index, t.moment, t.number
  FROM (
    SELECT t.user_id, t.patient_id, t.day, t.index, t.moment, TRY_CAST(regexp_extract(p.id, '[0-9]+$') AS BIGINT) AS number
    FROM touch AS t
    SEMI JOIN close AS c ON c.user_id = t.user_id AND c.day = t.day
    ANTI JOIN open_touch AS o ON o.index = t.index AND o.patient_id = t.patient_id
    JOIN patient AS p ON p.patient_id = t.patient_id
    WHERE t.exact AND t.source <> 'sekisho'
  ) AS t
  JOIN near AS n
    ON n.user_id = t.user_id AND n.day = t.day
    AND t.number BETWEEN n.number - $apart AND n.number + $apart
    AND t.moment BETWEEN n.moment - $minutes * INTERVAL 1 MINUTE
      AND n.moment + $minutes * INTERVAL 1 MINUTE
),
step AS (
  SELECT user_id, index, patient_id, moment, open,
    CASE WHEN number - lag(number) OVER w BETWEEN 1 AND 2
          AND moment - lag(moment) OVER w <= $minutes * INTERVAL 1 MINUTE THEN 0 ELSE 1 END AS fresh
  FROM (
    SELECT user_id, patient_id, number, min(index) AS index, min(moment) AS moment,
      max(open) AS open
    FROM (
      SELECT user_id, patient_id, number, index, moment, 1 AS open FROM near
      UNION ALL
      SELECT user_id, patient_id, number, index, moment, 0 FROM passed
    ) AS a
    GROUP BY user_id, patient_id, number, date_trunc('hour', moment)
  ) AS b
  WINDOW w AS (PARTITION BY user_id ORDER BY moment, index)
),
stretch AS (
  SELECT *, sum(fresh) OVER (PARTITION BY user_id ORDER BY moment, index) AS run FROM step
),
long AS (
  SELECT user_id, run, count(DISTINCT patient_id) AS people, min(moment) AS since,
    max(moment) + INTERVAL 5 MINUTE AS until
  FROM stretch GROUP BY user_id, run
  HAVING count(DISTINCT patient_id) >= $least
    AND 2 * count(DISTINCT CASE WHEN open = 1 THEN patient_id END) >= count(DISTINCT patient_id)
)
SELECT DISTINCT t.index, t.patient_id, '' AS matter, l.people
FROM long AS l
JOIN stretch AS s ON s.user_id = l.user_id AND s.run = l.run
JOIN touch AS t ON t.user_id = s.user_id AND t.patient_id = s.patient_id
  AND t.moment BETWEEN l.since AND l.until AND t.in_period AND t.source <> 'sekisho';
