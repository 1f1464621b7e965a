/*
id = "emergency_late"
kind = "explanation"
order = 47
level = "L1"
needs = ["staff", "visits", "stays"]
columns = ["staff.duty", "staff.department", "visits.day", "visits.time", "stays.day"]
starts = false
windows = { hour = 15, before = 10, after = 2 }
[title]
ja = "救急の来院で、登録があとになったもの（同じ日の10時間まで、または翌日）"
en = "An emergency arrival registered later: up to ten hours on, or the next day"
[purpose]
ja = "救急の診療"
en = "emergency care"
[why]
ja = "あとから登録された救急の受診・入院：%(place)s（%(day)s、%(file)s の%(row)s行目）"
en = "emergency arrival registered later: %(place)s on %(day)s (%(file)s, line %(row)s)"
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
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "05:30:00" }]
staff = [{ user = "u1", duty = "看護師", department = "救急外来" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科", time = "15:00" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "18:30:00" }]
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
  SELECT 'visits' AS record, patient_id, day, department AS place, file, row,
    CAST(split_part("time", ':', 1) AS INTEGER) * 60
      + CAST(split_part("time", ':', 2) AS INTEGER) AS clock, retracted_at FROM visits_ever
  UNION ALL
  SELECT 'stays', patient_id, day, ward, file, row, NULL, retracted_at FROM stays_ever
) AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND (t.day = c.day - 1 AND hour(t.moment) >= $hour AND (c.clock IS NULL OR c.clock < 720)
    OR t.day = c.day AND c.clock - hour(t.moment) * 60 - minute(t.moment)
      BETWEEN -60 * $after AND 60 * $before)
WHERE t.valid AND t.duty_group = 'emergency' AND t.exact;
-- explain
SELECT t.index, t.patient_id, c.record, c.file, c.row, c.day, c.place AS place
FROM touch AS t
JOIN (
  SELECT 'visits' AS record, patient_id, day, department AS place, file, row,
    CAST(split_part("time", ':', 1) AS INTEGER) * 60
      + CAST(split_part("time", ':', 2) AS INTEGER) AS clock, retracted_at FROM visits_ever
  UNION ALL
  SELECT 'stays', patient_id, day, ward, file, row, NULL, retracted_at FROM stays_ever
) AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND (t.day = c.day - 1 AND hour(t.moment) >= $hour AND (c.clock IS NULL OR c.clock < 720)
    OR t.day = c.day AND c.clock - hour(t.moment) * 60 - minute(t.moment)
      BETWEEN -60 * $after AND 60 * $before)
WHERE t.index IN (SELECT index FROM shown)
  AND t.valid AND t.duty_group = 'emergency' AND t.exact
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
