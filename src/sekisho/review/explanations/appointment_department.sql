/*
id = "appointment_department"
kind = "explanation"
order = 23
level = "L2"
needs = ["staff", "appointments"]
columns = ["staff.department", "appointments.department", "appointments.day", "appointments.booked_on"]
windows = { before = 7, after = 7 }
[title]
ja = "所属する診療科の予約"
en = "An appointment in the person's department"
[purpose]
ja = "予約した外来の準備と診療"
en = "preparing and giving outpatient care"
[why]
ja = "予約（%(place)s、%(day)s、%(file)s の%(row)s行目）"
en = "appointment at %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-03" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
appointments = [{ patient = "p1", day = "2026-10-10", department = "内科", number = "R1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-02" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
appointments = [{ patient = "p1", day = "2026-10-10", department = "内科", number = "R1" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-09-01" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
appointments = [{ patient = "p1", day = "2026-10-10", department = "内科", number = "R1", booked_on = "2026-09-01" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-18" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
appointments = [{ patient = "p1", day = "2026-10-10", department = "内科", number = "R1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
appointments = [{ patient = "p1", day = "2026-10-10", department = "外科", number = "R1" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "09:59:00" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
appointments = [{ patient = "p1", day = "2026-10-10", department = "内科", retracted_at = "2026-10-09 10:00" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "10:01:00" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
appointments = [{ patient = "p1", day = "2026-10-10", department = "内科", retracted_at = "2026-10-09 10:00" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN appointments_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.department_key = t.place
  AND (t.day BETWEEN c.day - $before AND c.day + $after OR t.day = c.booked_on);
-- explain
SELECT t.index, t.patient_id, 'appointments' AS record, c.file, c.row, c.day, c.department AS place, c.number AS number
FROM post AS t
JOIN appointments_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.department_key = t.place
  AND (t.day BETWEEN c.day - $before AND c.day + $after OR t.day = c.booked_on)
WHERE t.index IN (SELECT index FROM shown)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
