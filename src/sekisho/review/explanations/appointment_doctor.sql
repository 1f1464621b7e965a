/*
id = "appointment_doctor"
kind = "explanation"
order = 15
level = "L2"
personal = true
needs = ["staff", "appointments"]
columns = ["appointments.doctor_id", "appointments.day"]
windows = { before = 14, after = 14 }
[title]
ja = "本人の予約枠の患者"
en = "An appointment with the person"
[purpose]
ja = "予約した外来の診療"
en = "outpatient care by appointment"
[why]
ja = "担当する予約（%(place)s、%(day)s、%(file)s の%(row)s行目）"
en = "own appointment at %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-09-26" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
appointments = [{ patient = "p1", day = "2026-10-10", department = "外科", number = "R1", doctor = "u1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-09-25" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
appointments = [{ patient = "p1", day = "2026-10-10", department = "外科", number = "R1", doctor = "u1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
appointments = [{ patient = "p1", day = "2026-10-10", department = "外科", number = "R1", doctor = "u2" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN appointments_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.doctor_id = t.user_id
  AND t.day BETWEEN c.day - $before AND c.day + $after;
-- explain
SELECT t.index, t.patient_id, 'appointments' AS record, c.file, c.row, c.day, c.department AS place, c.number AS number
FROM post AS t
JOIN appointments_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.doctor_id = t.user_id
  AND t.day BETWEEN c.day - $before AND c.day + $after
WHERE t.index IN (SELECT index FROM shown)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
