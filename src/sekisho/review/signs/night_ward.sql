/*
id = "night_ward"
kind = "sign"
order = 32
level = "L1"
score = 0.6
cut = true
rare = 0.02
needs = ["staff", "stays"]
columns = ["stays.ward", "access.occurred_at", "rosters.place"]
windows = { least = 4 }
[title]
ja = "夜に、勤務先でない病棟の患者を次々と"
en = "At night, one patient after another of a ward where the person does not work"
[why]
ja = "夜間（22時から6時）に、勤務先として見つからない%(ward)sの患者%(people)s人の記録を開いています"
en = "at night (22:00 to 6:00) the records of %(people)s patients of %(ward)s were opened, where no post or turn was found"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p0", day = "2026-10-10", time = "23:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "23:01:00" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "23:02:00" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "23:03:00" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "23:04:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [
  { patient = "p0", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p1", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p2", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p3", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p4", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p5", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p0", day = "2026-10-10", time = "23:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "23:01:00" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "23:02:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [
  { patient = "p0", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p1", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p2", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p3", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p4", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p5", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p0", day = "2026-10-10", time = "14:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "14:01:00" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "14:02:00" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "14:03:00" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "14:04:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [
  { patient = "p0", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p1", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p2", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p3", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p4", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p5", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p0", day = "2026-10-10", time = "23:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "23:01:00" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "23:02:00" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "23:03:00" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "23:04:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [
  { patient = "p0", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p1", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p2", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p3", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p4", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p5", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
]
rosters = [
  { user = "u7", day = "2026-10-09", place = "6西", shift = "day" },
  { user = "u7", day = "2026-10-11", place = "6西", shift = "day" },
]
*/
-- count
WITH seen AS (
  SELECT DISTINCT o.index, o.user_id, o.patient_id, s.ward_key, s.ward,
    CAST(o.moment - INTERVAL 12 HOUR AS DATE) AS evening
  FROM open_touch AS o
  JOIN stays AS s ON s.patient_id = o.patient_id AND o.day BETWEEN s.day AND s.until
  WHERE o.night AND o.kind IN ('person', 'unknown') AND s.ward_key IS NOT NULL
),
many AS (
  SELECT user_id, evening, ward_key, min(ward) AS ward, count(DISTINCT patient_id) AS people
  FROM seen GROUP BY user_id, evening, ward_key HAVING count(DISTINCT patient_id) >= $least
)
SELECT s.index, s.patient_id, '' AS matter, m.ward, m.people
FROM seen AS s
JOIN many AS m ON m.user_id = s.user_id AND m.evening = s.evening AND m.ward_key = s.ward_key
ANTI JOIN unrostered AS g ON g.place_key = s.ward_key AND g.day = s.evening;
