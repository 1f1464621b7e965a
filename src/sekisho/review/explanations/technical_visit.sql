/*
id = "technical_visit"
kind = "explanation"
order = 30
level = "L1"
needs = ["staff", "visits"]
columns = ["staff.duty", "visits.day"]
windows = { before = 3, after = 3 }
starts = false
[title]
ja = "薬剤・検査・放射線などの業務（前後3日の受診）"
en = "Pharmacy, tests, imaging… for a visit within three days"
[purpose]
ja = "受診に伴う薬・検査・画像など"
en = "medicines, tests or images for a visit"
[why]
ja = "全病院の業務：%(place)sの受診（%(day)s、%(file)s の%(row)s行目）"
en = "whole-hospital duty: visit to %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-13" }]
staff = [{ user = "u1", duty = "薬剤師", department = "薬剤部" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-14" }]
staff = [{ user = "u1", duty = "薬剤師", department = "薬剤部" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "外科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "薬剤師", department = "薬剤部" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
orders = [{ patient = "p2", day = "2026-10-10", what = "prescription" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN visits_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.day + $after
ANTI JOIN ordered AS o
  ON o.duty_group = t.duty_group AND t.day BETWEEN o.first AND o.last
WHERE t.duty_group IN ('pharmacy', 'radiology', 'laboratory', 'nutrition', 'rehabilitation', 'endoscopy', 'dialysis', 'surgery');
-- explain
SELECT t.index, t.patient_id, 'visits' AS record, c.file, c.row, c.day, c.department AS place
FROM post AS t
JOIN visits_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.day + $after
ANTI JOIN ordered AS o
  ON o.duty_group = t.duty_group AND t.day BETWEEN o.first AND o.last
WHERE t.index IN (SELECT index FROM shown)
  AND t.duty_group IN ('pharmacy', 'radiology', 'laboratory', 'nutrition', 'rehabilitation', 'endoscopy', 'dialysis', 'surgery')
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
