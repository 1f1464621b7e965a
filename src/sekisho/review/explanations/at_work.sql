/*
id = "at_work"
kind = "explanation"
order = 62
level = "L1"
needs = ["visits", "stays"]
columns = ["access.action", "visits.department", "stays.ward", "stays.department"]
starts = false
windows = { least = 5 }
[title]
ja = "その日、その病棟・診療科の患者5人以上に記録を書いている人"
en = "Somebody who wrote in the records of five or more patients of that ward or department that day"
[purpose]
ja = "勤務先での診療・看護"
en = "care where the person worked that day"
[why]
ja = "その日に%(place)sの患者5人以上へ記録を書いています。名簿や勤務表に見つからない応援・異動・新人の勤務です（%(day)s、%(file)s の%(row)s行目の患者）"
en = "on %(day)s the person wrote in the records of five or more patients of %(place)s: help, a move or a newcomer that no staff list or roster shows (patient of %(file)s, line %(row)s)"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", action = "create" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "10:02:00", action = "create" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "10:03:00", action = "create" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "10:04:00", action = "create" },
  { user = "u1", patient = "p5", day = "2026-10-10", time = "10:05:00", action = "create" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "4西" }]
stays = [
  { patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p2", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p3", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p4", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p5", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
]
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", action = "create" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "10:02:00", action = "create" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "10:03:00", action = "create" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "10:04:00", action = "create" },
  { user = "u1", patient = "p5", day = "2026-10-10", time = "10:05:00", action = "create" },
]
staff = [{ user = "u8", duty = "看護師", department = "看護部", ward = "4西" }]
stays = [
  { patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p2", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p3", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p4", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p5", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", action = "create" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "10:02:00", action = "create" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "10:03:00", action = "create" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "10:04:00", action = "create" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "4西" }]
stays = [
  { patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p2", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p3", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p4", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", action = "read" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "10:02:00", action = "read" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "10:03:00", action = "read" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "10:04:00", action = "read" },
  { user = "u1", patient = "p5", day = "2026-10-10", time = "10:05:00", action = "read" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "4西" }]
stays = [
  { patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p2", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p3", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p4", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p5", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", action = "create" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "10:02:00", action = "create" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "10:03:00", action = "create" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "10:04:00", action = "create" },
  { user = "u1", patient = "p5", day = "2026-10-10", time = "10:05:00", action = "create" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "4西", valid_to = "2026-10-01" }]
stays = [
  { patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p2", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p3", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p4", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p5", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", action = "create" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "10:02:00", action = "create" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "10:03:00", action = "create" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "10:04:00", action = "create" },
  { user = "u1", patient = "p5", day = "2026-10-10", time = "10:05:00", action = "create" },
]
staff = [{ user = "u1", duty = "薬剤師", department = "薬剤部" }]
stays = [
  { patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p2", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p3", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p4", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
  { patient = "p5", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" },
]
*/
-- Only writing that nothing else explains counts. Who left is not at work; who is in no list
-- yet may be.
-- count
SELECT DISTINCT t.index, t.patient_id
FROM touch AS t
JOIN place_care AS s
  ON s.patient_id = t.patient_id AND t.moment < s.retracted_at AND t.day BETWEEN s.day AND s.until
JOIN (
  SELECT b.user_id, b.day, c.key, min(c.place) AS place
  FROM touch AS b
  ANTI JOIN explained AS x
    ON x.index = b.index AND x.patient_id = b.patient_id AND x.explanation <> 'at_work'
  JOIN place_care AS c
    ON c.patient_id = b.patient_id AND b.moment < c.retracted_at AND b.day BETWEEN c.day AND c.until
  WHERE b.action IN ('create', 'update') AND b.outcome = 'success'
    AND b.kind IN ('person', 'unknown') AND c.key IS NOT NULL
    AND b.duty_group IN ('doctor', 'nurse', 'aide', 'clerk', 'emergency', 'other', 'none')
  GROUP BY b.user_id, b.day, c.key HAVING count(DISTINCT b.patient_id) >= $least
) AS w ON w.user_id = t.user_id AND w.day = t.day AND w.key = s.key
WHERE t.valid OR NOT t.listed;
-- explain
SELECT t.index, t.patient_id, s.record, s.file, s.row, t.day AS day, w.place AS place
FROM touch AS t
JOIN place_care AS s
  ON s.patient_id = t.patient_id AND t.moment < s.retracted_at AND t.day BETWEEN s.day AND s.until
JOIN (
  SELECT b.user_id, b.day, c.key, min(c.place) AS place
  FROM touch AS b
  ANTI JOIN explained AS x
    ON x.index = b.index AND x.patient_id = b.patient_id AND x.explanation <> 'at_work'
  JOIN place_care AS c
    ON c.patient_id = b.patient_id AND b.moment < c.retracted_at AND b.day BETWEEN c.day AND c.until
  WHERE b.action IN ('create', 'update') AND b.outcome = 'success'
    AND b.kind IN ('person', 'unknown') AND c.key IS NOT NULL
    AND b.duty_group IN ('doctor', 'nurse', 'aide', 'clerk', 'emergency', 'other', 'none')
  GROUP BY b.user_id, b.day, c.key HAVING count(DISTINCT b.patient_id) >= $least
) AS w ON w.user_id = t.user_id AND w.day = t.day AND w.key = s.key
WHERE t.index IN (SELECT index FROM shown)
  AND (t.valid OR NOT t.listed)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY s.day DESC, s.file, s.row
) = 1;
