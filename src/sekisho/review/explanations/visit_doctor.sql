/*
id = "visit_doctor"
kind = "explanation"
order = 10
level = "L1"
personal = true
needs = ["staff", "visits"]
columns = ["visits.doctor_id", "visits.day"]
windows = { before = 3, after = 14 }
[title]
ja = "担当医として名のある受診"
en = "A visit that names the person as doctor"
[purpose]
ja = "外来の診療"
en = "outpatient care, as the doctor named for it"
[why]
ja = "担当医として名のある%(place)sの受診（%(day)s、%(file)s の%(row)s行目）"
en = "named as doctor: visit to %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-24" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科", doctor = "u1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-25" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科", doctor = "u1" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-07" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科", doctor = "u1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-06" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科", doctor = "u1" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN visits_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.doctor_id = t.user_id
  AND t.day BETWEEN c.day - $before AND c.day + $after;
-- explain
SELECT t.index, t.patient_id, 'visits' AS record, c.file, c.row, c.day, c.department AS place
FROM post AS t
JOIN visits_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.doctor_id = t.user_id
  AND t.day BETWEEN c.day - $before AND c.day + $after
WHERE t.index IN (SELECT index FROM shown)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
