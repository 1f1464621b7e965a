/*
id = "vip"
kind = "sign"
order = 13
level = "L3"
score = 0.7
cut = true
whole = true
needs = ["vips"]
columns = ["vips.patient_id", "access.patient_ids"]
[title]
ja = "注意の要る患者（VIP など）の一覧にある患者"
en = "A patient on the list of those to be guarded (VIP)"
[why]
ja = "注意の要る患者の一覧にある患者で、この閲覧につながる診療が見つかりません（%(records)s件）"
en = "the patient is on the list of those to be guarded, and no care was found that leads to it (%(records)s records)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
vips = [{ patient = "p1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
vips = [{ patient = "p2" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
vips = [{ patient = "p1", valid_from = "2026-10-11" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id, t.patient_id AS matter
FROM open_touch AS t
SEMI JOIN vips AS v
  ON v.patient_id = t.patient_id
  AND (v.valid_from IS NULL OR t.day >= v.valid_from)
  AND (v.valid_to IS NULL OR t.day <= v.valid_to)
WHERE t.kind IN ('person', 'unknown') AND t.source <> 'sekisho';
