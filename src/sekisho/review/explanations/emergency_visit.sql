/*
id = "emergency_visit"
kind = "explanation"
order = 45
level = "L1"
needs = ["staff", "visits"]
columns = ["staff.duty", "staff.department", "visits.day"]
windows = { before = 0, after = 1 }
starts = false
[title]
ja = "救急の業務（当日と翌日の受診）"
en = "Emergency room for a visit of the day"
[purpose]
ja = "救急の診療"
en = "emergency care"
[why]
ja = "救急：%(place)sの受診（%(day)s、%(file)s の%(row)s行目）"
en = "emergency room: visit to %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-11" }]
staff = [{ user = "u1", duty = "看護師", department = "救急外来" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-12" }]
staff = [{ user = "u1", duty = "看護師", department = "救急外来" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-09" }]
staff = [{ user = "u1", duty = "看護師", department = "救急外来" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-08" }]
staff = [{ user = "u1", duty = "看護師", department = "救急外来" }]
visits = [{ patient = "p1", day = "2026-10-08", department = "内科", time = "10:00" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-08" }]
staff = [{ user = "u1", duty = "看護師", department = "救急外来" }]
visits = [{ patient = "p1", day = "2026-10-08", department = "内科", time = "22:10" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN visits_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.day + $after
  AND (
    regexp_matches(coalesce(c.department_key, ''), '救急|救命|emergency|^er$')
    OR CASE WHEN c."time" IS NOT NULL
      THEN c."time" < '08:30' OR c."time" >= '17:00' OR dayofweek(c.day) IN (0, 6)
      ELSE NOT EXISTS (
        SELECT 1 FROM care_place WHERE regexp_matches(place, '救急|救命|emergency|^er$')) END
  )
WHERE t.duty_group = 'emergency';
-- explain
SELECT t.index, t.patient_id, 'visits' AS record, c.file, c.row, c.day, c.department AS place
FROM post AS t
JOIN visits_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.day + $after
  AND (
    regexp_matches(coalesce(c.department_key, ''), '救急|救命|emergency|^er$')
    OR CASE WHEN c."time" IS NOT NULL
      THEN c."time" < '08:30' OR c."time" >= '17:00' OR dayofweek(c.day) IN (0, 6)
      ELSE NOT EXISTS (
        SELECT 1 FROM care_place WHERE regexp_matches(place, '救急|救命|emergency|^er$')) END
  )
WHERE t.index IN (SELECT index FROM shown)
  AND t.duty_group = 'emergency'
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
