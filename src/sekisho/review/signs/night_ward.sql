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
en = "At night, one patient after another of wards where the person does not work"
[why]
ja = "夜間（22時から6時）に、勤務先として見つからない病棟（%(ward)sなど%(wards)s病棟）の患者%(people)s人の記録を開いています"
en = "at night (22:00 to 6:00) the records of %(people)s patients of %(wards)s wards (%(ward)s) were opened, where no post or turn was found"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p0", day = "2026-10-10", time = "23:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "23:01:00" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "23:02:00" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "23:03:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [
  { patient = "p0", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p1", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p2", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "7東" },
  { patient = "p3", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "7西" },
]
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
-- Who wrote in the records was called to the patient.
-- count
WITH written AS (
  SELECT DISTINCT a.user_id, a.patient_id, CAST(a.moment - INTERVAL 12 HOUR AS DATE) AS evening
  FROM touch AS a
  SEMI JOIN (SELECT user_id, patient_id FROM open_touch WHERE night) AS n
    ON n.user_id = a.user_id AND n.patient_id = a.patient_id
  WHERE action IN ('create', 'update') AND outcome = 'success'
),
seen AS (
  SELECT DISTINCT o.index, o.user_id, o.patient_id, s.ward_key, s.ward,
    CAST(o.moment - INTERVAL 12 HOUR AS DATE) AS evening
  FROM open_touch AS o
  JOIN stays AS s ON s.patient_id = o.patient_id AND o.day BETWEEN s.day AND s.until
  ANTI JOIN written AS w ON w.user_id = o.user_id AND w.patient_id = o.patient_id
    AND w.evening = CAST(o.moment - INTERVAL 12 HOUR AS DATE)
  WHERE o.night AND o.kind IN ('person', 'unknown') AND s.ward_key IS NOT NULL
),
many AS (
  SELECT user_id, evening, min(ward) AS ward, count(DISTINCT ward_key) AS wards,
    count(DISTINCT patient_id) AS people
  FROM seen AS s
  ANTI JOIN unrostered AS g ON g.place_key = s.ward_key AND g.day = s.evening
  GROUP BY user_id, evening HAVING count(DISTINCT patient_id) >= $least
)
SELECT s.index, s.patient_id, '' AS matter, m.ward, m.wards, m.people
FROM seen AS s
JOIN many AS m ON m.user_id = s.user_id AND m.evening = s.evening
ANTI JOIN unrostered AS g ON g.place_key = s.ward_key AND g.day = s.evening;
