/*
id = "stay_doctor"
kind = "explanation"
order = 11
level = "L1"
personal = true
needs = ["staff", "stays"]
columns = ["stays.doctor_id", "stays.day", "stays.until"]
windows = { before = 7, after = 30 }
[title]
ja = "主治医として名のある入院"
en = "A stay that names the person as doctor"
[purpose]
ja = "入院中の診療"
en = "care during a stay, as the doctor named for it"
[why]
ja = "主治医として名のある%(place)sへの入院（%(day)sから、%(file)s の%(row)s行目）"
en = "named as doctor: stay in %(place)s from %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-11-11" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "外科", ward = "6西", doctor = "u1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-11-12" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "外科", ward = "6西", doctor = "u1" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-03" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "外科", ward = "6西", doctor = "u1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-02" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "外科", ward = "6西", doctor = "u1" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.doctor_id = t.user_id
  AND t.day BETWEEN c.day - $before AND c.until + $after;
-- explain
SELECT t.index, t.patient_id, 'stays' AS record, c.file, c.row, c.day, c.department AS place
FROM post AS t
JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.doctor_id = t.user_id
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.index IN (SELECT index FROM shown)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
