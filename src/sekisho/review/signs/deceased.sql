/*
id = "deceased"
kind = "sign"
order = 16
level = "L1"
score = 0.5
cut = true
whole = true
rare = 0.05
needs = ["patients"]
columns = ["patients.deceased_on", "access.patient_ids"]
windows = { after = 21 }
[title]
ja = "亡くなって日のたった患者"
en = "A patient who died some time ago"
[why]
ja = "亡くなって%(days)s日たった患者の記録で、この閲覧につながる診療や業務が見つかりません（%(records)s件）"
en = "the patient died %(days)s days before, and no care or duty was found that leads to it (%(records)s records)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-31", time = "12:00:00" }]
deaths = [{ patient = "p1", day = "2026-10-01" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-15", time = "12:00:00" }]
deaths = [{ patient = "p1", day = "2026-10-01" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p2", day = "2026-10-31", time = "12:00:00" }]
deaths = [{ patient = "p1", day = "2026-10-01" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id, t.patient_id AS matter, t.day - p.deceased_on AS days
FROM open_touch AS t
JOIN patients AS p ON p.patient_id = t.patient_id AND t.day > p.deceased_on + $after
WHERE t.kind IN ('person', 'unknown') AND t.source <> 'sekisho';
