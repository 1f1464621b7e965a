/*
id = "colleague_read"
kind = "sign"
order = 22
level = "L1"
score = 0.45
cut = false
within = ["colleague", "own_record"]
needs = ["staff", "visits", "stays"]
columns = ["staff.patient_id", "access.action"]
windows = { least = 3 }
[title]
ja = "同僚の記録を、部署の説明だけで、何画面も読んだだけ"
en = "Several screens of a colleague, read only, with nothing but the place to explain it"
[why]
ja = "職員名簿に他の職員の患者番号として載っている患者で、部署の患者だということのほかに、この人の名のある診療やオーダーが見つからず、その日は記録も書かれていません（%(records)s件）。部署の仕事だったのかもしれません"
en = "the staff list gives this patient number as a colleague's; that the patient was the place's is all that explains it: no care or order names the person, who wrote nothing that day (%(records)s records). It may have been the work of the place"
[[samples]]
matches = true
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:05:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:07:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }, { user = "u2", department = "外科", patient = "p1" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" }]
[[samples]]
matches = false
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:05:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }, { user = "u2", department = "外科", patient = "p1" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" }]
[[samples]]
matches = false
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:05:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:07:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:10:00", action = "update" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }, { user = "u2", department = "外科", patient = "p1" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" }]
[[samples]]
matches = false
after = ["stay_doctor"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:05:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:07:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }, { user = "u2", department = "外科", patient = "p1" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東", doctor = "u1" }]
[[samples]]
matches = false
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:05:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:07:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }, { user = "u2", department = "外科", patient = "p9" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" }]
*/
-- count
WITH seen AS (
  SELECT t.index, t.patient_id, t.user_id, t.day, x.explanation, n.id IS NOT NULL AS personal,
    t.action IN ('create', 'update', 'execute') AS wrote
  FROM touch AS t
  SEMI JOIN staff AS s ON s.patient_id = t.patient_id AND s.user_id <> t.user_id
  LEFT JOIN colleague_explained AS x ON x.index = t.index AND x.patient_id = t.patient_id
  LEFT JOIN personal AS n ON n.id = x.explanation
  WHERE t.in_period AND t.kind IN ('person', 'unknown')
),
alone AS (
  SELECT user_id, patient_id, day FROM seen GROUP BY user_id, patient_id, day
  HAVING count(DISTINCT index) >= $least AND count(explanation) > 0
    AND count(*) FILTER (WHERE wrote) = 0
    AND count(*) FILTER (WHERE personal) = 0
)
SELECT DISTINCT s.index, s.patient_id, s.patient_id AS matter
FROM seen AS s
SEMI JOIN alone AS o ON o.user_id = s.user_id AND o.patient_id = s.patient_id AND o.day = s.day;
