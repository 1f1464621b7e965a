/*
id = "emergency_written"
kind = "explanation"
order = 51
level = "L0"
needs = ["staff"]
columns = ["staff.duty", "staff.department", "access.action", "access.occurred_at", "rosters.duty"]
starts = false
windows = { hours = 3 }
[title]
ja = "救急外来のほかの人が、同じころに記録を書いている患者（受付の一覧にない来院）"
en = "A patient in whose record another of the emergency room wrote at that time (an arrival that no list has)"
[purpose]
ja = "救急の診療"
en = "emergency care"
[why]
ja = "救急外来のほかの人が、その前後3時間に同じ患者の記録を書いています（%(day)s の記録 %(row)s）"
en = "another person of the emergency room wrote in this patient's record within three hours (record %(row)s of %(day)s)"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-09", time = "23:10:00" },
  { user = "u2", patient = "p1", day = "2026-10-09", time = "22:10:00", action = "create" },
]
staff = [
  { user = "u1", duty = "医師", department = "救急科" },
  { user = "u2", duty = "看護師", department = "救急外来" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-09", time = "23:10:00" },
  { user = "u2", patient = "p1", day = "2026-10-09", time = "22:10:00" },
]
staff = [
  { user = "u1", duty = "医師", department = "救急科" },
  { user = "u2", duty = "看護師", department = "救急外来" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-09", time = "23:10:00" },
  { user = "u2", patient = "p1", day = "2026-10-09", time = "12:10:00", action = "create" },
]
staff = [
  { user = "u1", duty = "医師", department = "救急科" },
  { user = "u2", duty = "看護師", department = "救急外来" },
]
[[samples]]
matches = false
access = [{ user = "u2", patient = "p1", day = "2026-10-09", time = "22:10:00", action = "create" }]
staff = [{ user = "u2", duty = "看護師", department = "救急外来" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-09", time = "23:10:00" },
  { user = "u2", patient = "p1", day = "2026-10-09", time = "22:10:00", action = "create" },
]
staff = [
  { user = "u1", duty = "看護師", department = "看護部", ward = "5東" },
  { user = "u2", duty = "看護師", department = "救急外来" },
]
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-09", time = "22:40:00" },
  { user = "u2", patient = "p1", day = "2026-10-09", time = "22:10:00", action = "create" },
]
staff = [
  { user = "u1", duty = "医師", department = "内科" },
  { user = "u2", duty = "看護師", department = "救急外来" },
]
rosters = [{ user = "u1", day = "2026-10-09", place = "当直", shift = "当直", duty = "on_call", start = "17:00", end = "08:30" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-09", time = "12:40:00" },
  { user = "u2", patient = "p1", day = "2026-10-09", time = "12:10:00", action = "create" },
]
staff = [
  { user = "u1", duty = "医師", department = "内科" },
  { user = "u2", duty = "看護師", department = "救急外来" },
]
rosters = [{ user = "u1", day = "2026-10-09", place = "当直", shift = "当直", duty = "on_call", start = "17:00", end = "08:30" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM touch AS t
LEFT JOIN (
  SELECT DISTINCT index, patient_id FROM turn_touch
  WHERE duty = 'on_call' AND duty_group = 'doctor' AND moment BETWEEN since AND finish
) AS d ON d.index = t.index AND d.patient_id = t.patient_id
SEMI JOIN (
  SELECT user_id, patient_id, day, moment FROM touch_part
  WHERE duty_group = 'emergency' AND exact AND kind = 'person'
    AND action IN ('create', 'update') AND outcome = 'success'
) AS w
  ON w.patient_id = t.patient_id AND w.day = t.day AND w.user_id <> t.user_id
  AND w.moment BETWEEN t.moment - $hours * INTERVAL 1 HOUR AND t.moment + $hours * INTERVAL 1 HOUR
WHERE t.valid AND t.exact AND (t.duty_group = 'emergency' OR d.index IS NOT NULL);
-- explain
SELECT t.index, t.patient_id, 'access' AS record, w.file, w.index AS row, w.day, NULL AS place
FROM touch AS t
LEFT JOIN (
  SELECT DISTINCT index, patient_id FROM turn_touch
  WHERE duty = 'on_call' AND duty_group = 'doctor' AND moment BETWEEN since AND finish
) AS d ON d.index = t.index AND d.patient_id = t.patient_id
JOIN (
  SELECT index, file, user_id, patient_id, day, moment FROM touch_part
  WHERE duty_group = 'emergency' AND exact AND kind = 'person'
    AND action IN ('create', 'update') AND outcome = 'success'
) AS w
  ON w.patient_id = t.patient_id AND w.day = t.day AND w.user_id <> t.user_id
  AND w.moment BETWEEN t.moment - $hours * INTERVAL 1 HOUR AND t.moment + $hours * INTERVAL 1 HOUR
WHERE t.index IN (SELECT index FROM shown)
  AND t.valid AND t.exact AND (t.duty_group = 'emergency' OR d.index IS NOT NULL)
QUALIFY row_number() OVER (PARTITION BY t.index, t.patient_id ORDER BY w.index) = 1;
