/*
id = "household_read"
kind = "sign"
order = 21
level = "L1"
score = 0.45
cut = false
within = ["household"]
needs = ["staff", "patients", "visits", "stays"]
columns = ["staff.address", "patients.address", "access.action"]
windows = { least = 2 }
[title]
ja = "同じ住所の患者を、来ていない日か、部署の説明だけで、読んだだけ"
en = "A patient of the same address, read only: not there that day, or with nothing but the place to explain it"
[why]
ja = "患者の住所が職員の住所と同じで、この人の名のある診療やオーダーがないか、あっても患者が来ていない日で、その日は記録も書かれていません（%(records)s件）。部署の仕事や、後からの確認だったのかもしれません"
en = "the patient's address is the person's own; no care or order names the person, or the patient was not there that day, and nothing was written (%(records)s records). It may have been the work of the place, or a look back at one's own"
[[samples]]
matches = true
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:01:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東", address = "緑川市1-2-3" }]
patients = [{ patient = "p1", address = "緑川市1-2-3" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" }]
[[samples]]
matches = true
after = ["visit_doctor"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-14", time = "15:26:00" },
  { user = "u1", patient = "p1", day = "2026-10-14", time = "15:28:00" },
]
staff = [{ user = "u1", duty = "医師", department = "内科", address = "緑川市1-2-3" }]
patients = [{ patient = "p1", address = "緑川市1-2-3" }]
visits = [{ patient = "p1", day = "2026-10-12", department = "内科", doctor = "u1" }]
[[samples]]
matches = false
after = ["visit_doctor"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-11", time = "18:26:00" },
  { user = "u1", patient = "p1", day = "2026-10-11", time = "18:28:00" },
  { user = "u1", patient = "p1", day = "2026-10-12", time = "10:26:00" },
  { user = "u1", patient = "p1", day = "2026-10-12", time = "10:28:00" },
]
staff = [{ user = "u1", duty = "医師", department = "内科", address = "緑川市1-2-3" }]
patients = [{ patient = "p1", address = "緑川市1-2-3" }]
visits = [{ patient = "p1", day = "2026-10-12", department = "内科", doctor = "u1" }]
[[samples]]
matches = false
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-11", time = "12:01:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東", address = "緑川市1-2-3" }]
patients = [{ patient = "p1", address = "緑川市1-2-3" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" }]
[[samples]]
matches = false
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東", address = "緑川市1-2-3" }]
patients = [{ patient = "p1", address = "緑川市1-2-3" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" }]
[[samples]]
matches = false
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:01:00", action = "create" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東", address = "緑川市1-2-3" }]
patients = [{ patient = "p1", address = "緑川市1-2-3" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" }]
[[samples]]
matches = false
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:01:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東", address = "緑川市1-2-3" }]
patients = [{ patient = "p1", address = "緑川市9-9-9" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" }]
[[samples]]
matches = false
after = ["stay_doctor"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:01:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東", address = "緑川市1-2-3" }]
patients = [{ patient = "p1", address = "緑川市1-2-3" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東", doctor = "u1" }]
*/
-- count
WITH mine AS (
  SELECT x.index, x.patient_id, x.explanation FROM relative_explained AS x
  UNION ALL
  SELECT DISTINCT o.index, o.patient_id, NULL FROM open_touch AS o
  SEMI JOIN relative AS c ON c.user_id = o.user_id AND c.patient_id = o.patient_id
),
looked AS (
  SELECT m.index, m.patient_id, e.user_id, e.day, m.explanation, n.id IS NOT NULL AS personal,
    e.action IN ('create', 'update', 'execute') AS wrote
  FROM event AS e
  JOIN mine AS m ON m.index = e.index
  LEFT JOIN personal AS n ON n.id = m.explanation
  WHERE e.kind IN ('person', 'unknown')
),
-- The patient is here, or comes tomorrow: the work of who is named falls on these days.
here AS (
  SELECT DISTINCT l.index, l.patient_id FROM looked AS l
  JOIN care AS c ON c.patient_id = l.patient_id AND l.day BETWEEN c.day - 1 AND c.until
),
alone AS (
  SELECT l.user_id, l.patient_id, l.day FROM looked AS l
  LEFT JOIN here AS h ON h.index = l.index AND h.patient_id = l.patient_id
  GROUP BY l.user_id, l.patient_id, l.day
  HAVING count(DISTINCT l.index) >= $least AND count(l.explanation) > 0
    AND count(*) FILTER (WHERE l.wrote) = 0
    AND count(*) FILTER (WHERE l.personal AND h.index IS NOT NULL) = 0
)
SELECT DISTINCT s.index, s.patient_id, s.patient_id AS matter
FROM looked AS s
SEMI JOIN alone AS o ON o.user_id = s.user_id AND o.patient_id = s.patient_id AND o.day = s.day;
