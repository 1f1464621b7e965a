/*
id = "appointment_desk"
kind = "explanation"
order = 45
level = "L2"
needs = ["staff", "appointments"]
columns = ["staff.duty", "appointments.day", "appointments.booked_on"]
starts = false
windows = { before = 7, after = 1 }
[title]
ja = "外来の準備と予約の受付（予約の前7日、予約をとった日）"
en = "Outpatient preparation and the desk: an appointment within a week, or booked that day"
[purpose]
ja = "予約と受付"
en = "booking and reception"
[why]
ja = "受付：予約（%(place)s、%(day)s、%(file)s の%(row)s行目）"
en = "desk: appointment at %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-03" }]
staff = [{ user = "u1", duty = "事務員", department = "外来受付" }]
appointments = [{ patient = "p1", day = "2026-10-10", department = "内科", number = "R1" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-07" }]
staff = [{ user = "u1", duty = "看護師", department = "外来" }]
appointments = [{ patient = "p1", day = "2026-10-10", department = "内科", number = "R1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-02" }]
staff = [{ user = "u1", duty = "事務員", department = "外来受付" }]
appointments = [{ patient = "p1", day = "2026-10-10", department = "内科", number = "R1" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-09-01" }]
staff = [{ user = "u1", duty = "事務員", department = "外来受付" }]
appointments = [{ patient = "p1", day = "2026-10-10", department = "内科", number = "R1", booked_on = "2026-09-01" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "外科" }]
appointments = [{ patient = "p1", day = "2026-10-10", department = "内科", number = "R1" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN appointments_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND (t.day BETWEEN c.day - $before AND c.day + $after OR t.day = c.booked_on)
WHERE (t.duty_group IN ('desk', 'scribe') OR t.place IN ('外来', '外来看護', '中央処置室', '処置室', '総合案内'));
-- explain
SELECT t.index, t.patient_id, 'appointments' AS record, c.file, c.row, c.day, c.department AS place, c.number AS number
FROM post AS t
JOIN appointments_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND (t.day BETWEEN c.day - $before AND c.day + $after OR t.day = c.booked_on)
WHERE t.index IN (SELECT index FROM shown)
  AND (t.duty_group IN ('desk', 'scribe') OR t.place IN ('外来', '外来看護', '中央処置室', '処置室', '総合案内'))
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
