/*
id = "colleague_read"
kind = "sign"
order = 22
level = "L1"
score = 0.45
cut = false
within = ["colleague", "own_record"]
needs = ["staff", "visits", "stays"]
columns = ["staff.patient_id", "access.action", "access.object"]
windows = { least = 3 }
[title]
ja = "同僚の記録を、部署の説明だけで、いくつもの画面を読んだだけ"
en = "Several different screens of a colleague, read only, with nothing but the place to explain it"
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
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00", object = "カルテ" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:05:00", object = "カルテ" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:07:00", object = "経過表" },
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
WITH mine AS (
  SELECT x.index, x.patient_id, x.explanation FROM colleague_explained AS x
  UNION ALL
  SELECT DISTINCT o.index, o.patient_id, NULL FROM open_touch AS o
  SEMI JOIN staff AS s ON s.patient_id = o.patient_id AND s.user_id <> o.user_id
),
looked AS (
  SELECT m.index, m.patient_id, e.user_id, e.day, m.explanation, n.id IS NOT NULL AS personal,
    e.action IN ('create', 'update', 'execute') AS wrote,
    coalesce(CAST(e.object AS VARCHAR), CAST(e.index AS VARCHAR)) AS screen
  FROM event AS e
  JOIN mine AS m ON m.index = e.index
  LEFT JOIN personal AS n ON n.id = m.explanation
  WHERE e.kind IN ('person', 'unknown')
),
alone AS (
  SELECT user_id, patient_id, day FROM looked GROUP BY user_id, patient_id, day
  HAVING count(DISTINCT screen) >= $least AND count(explanation) > 0
    AND count(*) FILTER (WHERE wrote) = 0
    AND count(*) FILTER (WHERE personal) = 0
)
SELECT DISTINCT s.index, s.patient_id, s.patient_id AS matter
FROM looked AS s
SEMI JOIN alone AS o ON o.user_id = s.user_id AND o.patient_id = s.patient_id AND o.day = s.day;
