/*
id = "household"
kind = "sign"
order = 15
level = "L0"
score = 0.8
cut = true
whole = true
group = true
needs = ["staff", "patients"]
columns = ["staff.address", "patients.address"]
[title]
ja = "同じ住所の患者"
en = "A patient of the same address"
[why]
ja = "患者の住所が職員の住所と同じで、この閲覧につながる診療が見つかりません（%(records)s件）"
en = "the patient's address is the person's own, and no care was found that leads to it (%(records)s records)"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-10" },
]
staff = [{ user = "u1", address = "東京都緑区中町1-2-3" }]
patients = [{ patient = "p1", address = "東京都緑区中町１丁目２番３号" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10" },
]
staff = [{ user = "u1", address = "東京都緑区中町1-2-3" }]
patients = [{ patient = "p1", address = "東京都緑区中町1-2-4" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10" },
]
staff = [{ user = "u1", address = "東京都緑区中町1-2-3", patient = "p1" }]
patients = [{ patient = "p1", address = "東京都緑区中町1-2-3" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id, t.patient_id AS matter
FROM touch AS t
SEMI JOIN relative AS c
  ON c.user_id = t.user_id AND c.patient_id = t.patient_id
WHERE t.in_period AND t.kind IN ('person', 'unknown');
