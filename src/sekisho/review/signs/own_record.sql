/*
id = "own_record"
kind = "sign"
order = 20
level = "L0"
score = 0.6
cut = false
withdraws = true
needs = ["staff"]
columns = ["staff.patient_id", "access.patient_ids"]
[title]
ja = "本人の記録"
en = "The person's own record"
[why]
ja = "職員名簿に本人の患者番号として載っている患者の記録です（%(records)s件）"
en = "the staff list gives this patient number as the person's own (%(records)s records)"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-10" },
]
staff = [{ user = "u1", duty = "医師", department = "内科", patient = "p1" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p2", day = "2026-10-10" },
]
staff = [{ user = "u1", duty = "医師", department = "内科", patient = "p1" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id, t.patient_id AS matter
FROM touch AS t
SEMI JOIN staff AS s
  ON s.user_id = t.user_id AND s.patient_id = t.patient_id
WHERE t.in_period AND t.kind IN ('person', 'unknown');
