/*
id = "own_patient"
kind = "explanation"
order = 60
level = "L1"
personal = true
needs = ["staff", "visits", "stays"]
columns = ["visits.doctor_id", "stays.doctor_id", "orders.doctor_id"]
starts = false
windows = { after = 90 }
[title]
ja = "担当した、またはオーダーを出した患者のその後（90日）"
en = "Follow-up of a patient whom the person treated or gave orders for, ninety days"
[purpose]
ja = "診た患者のその後の確認"
en = "follow-up of one's own patient"
[why]
ja = "担当した患者のその後：%(place)s（%(day)s、%(file)s の%(row)s行目）"
en = "follow-up of one's own patient: %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2027-01-08" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科", doctor = "u1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2027-01-09" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科", doctor = "u1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-09" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科", doctor = "u1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-12-09" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科", doctor = "u2" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-12-09" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1", doctor = "u1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-12-09" }]
staff = [{ user = "u1", duty = "臨床検査技師", department = "検査部" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科", doctor = "u1" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM touch AS t
SEMI JOIN (
  SELECT 'visits' AS record, patient_id, doctor_id, department, day, day AS until, file, row, retracted_at FROM visits_ever
  UNION ALL
  SELECT 'stays', patient_id, doctor_id, department, day, until, file, row, retracted_at FROM stays_ever
  UNION ALL
  SELECT 'orders', patient_id, doctor_id, department, day, until, file, row, retracted_at FROM orders_ever
) AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.doctor_id = t.user_id
  AND t.day BETWEEN c.day AND c.until + $after
WHERE t.valid AND t.duty_group IN ('doctor', 'surgery', 'radiology', 'emergency', 'endoscopy', 'dialysis');
-- explain
SELECT t.index, t.patient_id, c.record, c.file, c.row, c.day, c.department AS place
FROM touch AS t
JOIN (
  SELECT 'visits' AS record, patient_id, doctor_id, department, day, day AS until, file, row, retracted_at FROM visits_ever
  UNION ALL
  SELECT 'stays', patient_id, doctor_id, department, day, until, file, row, retracted_at FROM stays_ever
  UNION ALL
  SELECT 'orders', patient_id, doctor_id, department, day, until, file, row, retracted_at FROM orders_ever
) AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.doctor_id = t.user_id
  AND t.day BETWEEN c.day AND c.until + $after
WHERE t.index IN (SELECT index FROM shown)
  AND t.valid AND t.duty_group IN ('doctor', 'surgery', 'radiology', 'emergency', 'endoscopy', 'dialysis')
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
