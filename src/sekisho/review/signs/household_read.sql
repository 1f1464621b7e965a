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
ja = "同じ住所の患者を、部署の説明だけで、読んだだけ"
en = "A patient of the same address, read only, with nothing but the place to explain it"
[why]
ja = "患者の住所が職員の住所と同じで、部署の患者だということのほかに、この人の名のある診療やオーダーが見つからず、記録も書かれていません（%(records)s件）。部署の仕事だったのかもしれません"
en = "the patient's address is the person's own; that the patient was the place's is all that explains it: no care or order names the person, who wrote nothing (%(records)s records). It may have been the work of the place"
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
WITH seen AS (
  SELECT t.index, t.patient_id, t.user_id, x.explanation, n.id IS NOT NULL AS personal,
    t.action IN ('create', 'update', 'execute') AS wrote
  FROM touch AS t
  SEMI JOIN relative AS c ON c.user_id = t.user_id AND c.patient_id = t.patient_id
  LEFT JOIN relative_explained AS x ON x.index = t.index AND x.patient_id = t.patient_id
  LEFT JOIN personal AS n ON n.id = x.explanation
  WHERE t.in_period AND t.kind IN ('person', 'unknown')
),
alone AS (
  SELECT user_id, patient_id FROM seen GROUP BY user_id, patient_id
  HAVING count(DISTINCT index) >= $least AND count(explanation) > 0
    AND count(*) FILTER (WHERE wrote) = 0
    AND count(*) FILTER (WHERE personal) = 0
)
SELECT DISTINCT s.index, s.patient_id, s.patient_id AS matter
FROM seen AS s
SEMI JOIN alone AS o ON o.user_id = s.user_id AND o.patient_id = s.patient_id;
