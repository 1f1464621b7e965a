/*
id = "enumeration"
kind = "sign"
order = 12
level = "L0"
score = 0.85
cut = true
needs = []
columns = ["access.patient_ids", "access.occurred_at"]
windows = { least = 6, minutes = 5 }
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
-- count
WITH step AS (
  SELECT user_id, index, patient_id, moment, number,
    CASE WHEN number - lag(number) OVER w BETWEEN 1 AND 2
          AND moment - lag(moment) OVER w <= $minutes * INTERVAL 1 MINUTE THEN 0 ELSE 1 END AS fresh
  FROM (
    SELECT user_id, patient_id, number, min(index) AS index, min(moment) AS moment
    FROM (
      SELECT user_id, patient_id, index, moment,
        TRY_CAST(regexp_extract(patient_id, '[0-9]+$') AS BIGINT) AS number
      FROM open_touch WHERE exact AND source <> 'sekisho'
    )
    WHERE number IS NOT NULL
    GROUP BY user_id, patient_id, number, date_trunc('hour', moment)
  )
  WINDOW w AS (PARTITION BY user_id ORDER BY moment, index)
),
stretch AS (
  SELECT *, sum(fresh) OVER (PARTITION BY user_id ORDER BY moment, index) AS run FROM step
),
long AS (
  SELECT user_id, run, count(DISTINCT patient_id) AS people, min(moment) AS since,
    max(moment) + INTERVAL 5 MINUTE AS until
  FROM stretch GROUP BY user_id, run HAVING count(DISTINCT patient_id) >= $least
)
SELECT DISTINCT t.index, t.patient_id, '' AS matter, l.people
FROM long AS l
JOIN stretch AS s ON s.user_id = l.user_id AND s.run = l.run
JOIN open_touch AS t ON t.user_id = s.user_id AND t.patient_id = s.patient_id
  AND t.moment BETWEEN l.since AND l.until;
