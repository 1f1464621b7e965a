/*
id = "emergency_late"
kind = "explanation"
order = 47
level = "L1"
needs = ["staff", "visits", "stays"]
columns = ["staff.duty", "staff.department", "visits.day", "visits.time", "stays.day"]
starts = false
windows = { hour = 15 }
[title]
ja = "救急の来院で、登録が翌日になったもの"
en = "An emergency arrival registered the next day"
[purpose]
ja = "救急の診療"
en = "emergency care"
[why]
ja = "翌日に登録された救急の受診・入院：%(place)s（%(day)s、%(file)s の%(row)s行目）"
en = "emergency arrival registered the next day: %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "23:30:00" }]
staff = [{ user = "u1", duty = "看護師", department = "救急外来" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "10:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "救急外来" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "23:30:00" }]
staff = [{ user = "u1", duty = "看護師", department = "救急外来" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科", time = "15:00" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "23:30:00" }]
staff = [{ user = "u1", duty = "看護師", department = "救急外来" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-20", department = "外科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-08", time = "23:30:00" }]
staff = [{ user = "u1", duty = "看護師", department = "救急外来" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "23:30:00" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM touch AS t
SEMI JOIN (
  SELECT 'visits' AS record, patient_id, day, department AS place, file, row FROM visits
  WHERE "time" IS NULL OR "time" < '12'
  UNION ALL
  SELECT 'stays', patient_id, day, ward, file, row FROM stays
) AS c
  ON c.patient_id = t.patient_id
  AND t.day = c.day - 1
WHERE t.valid AND t.duty_group = 'emergency' AND t.exact AND hour(t.moment) >= $hour;
-- explain
SELECT t.index, t.patient_id, c.record, c.file, c.row, c.day, c.place AS place
FROM touch AS t
JOIN (
  SELECT 'visits' AS record, patient_id, day, department AS place, file, row FROM visits
  WHERE "time" IS NULL OR "time" < '12'
  UNION ALL
  SELECT 'stays', patient_id, day, ward, file, row FROM stays
) AS c
  ON c.patient_id = t.patient_id
  AND t.day = c.day - 1
WHERE t.index IN (SELECT index FROM shown)
  AND t.valid AND t.duty_group = 'emergency' AND t.exact AND hour(t.moment) >= $hour
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
