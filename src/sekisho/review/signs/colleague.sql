/*
id = "colleague"
kind = "sign"
order = 18
level = "L1"
score = 0.65
cut = true
whole = true
group = true
near = 0.4
needs = ["staff", "visits", "stays"]
columns = ["staff.patient_id", "access.patient_ids"]
[title]
ja = "同僚である患者"
en = "A patient who is a colleague"
[why]
ja = "職員名簿に他の職員の患者番号として載っている患者で、この閲覧につながる診療が見つかりません（患者%(patients)s人、%(records)s件）"
en = "the staff list gives this patient number as a colleague's, and no care was found that leads to it (%(patients)s patients, %(records)s records)"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-10" },
]
staff = [{ user = "u1", department = "内科" }, { user = "u2", department = "外科", patient = "p1" }]
visits = [{ patient = "p9", day = "2026-10-10", department = "外科" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p2", day = "2026-10-10" },
]
staff = [{ user = "u1", department = "内科" }, { user = "u2", department = "外科", patient = "p1" }]
visits = [{ patient = "p9", day = "2026-10-10", department = "外科" }]
[[samples]]
matches = false
access = [
  { user = "u2", patient = "p1", day = "2026-10-10" },
]
staff = [{ user = "u1", department = "内科" }, { user = "u2", department = "外科", patient = "p1" }]
visits = [{ patient = "p9", day = "2026-10-10", department = "外科" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10" },
]
staff = [{ user = "u1", department = "内科" }, { user = "u2", department = "外科", patient = "p1" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id, t.patient_id AS matter
FROM touch AS t
SEMI JOIN staff AS s
  ON s.patient_id = t.patient_id AND s.user_id <> t.user_id
WHERE t.in_period AND t.day IN (SELECT day FROM covered_day) AND t.kind IN ('person', 'unknown');
