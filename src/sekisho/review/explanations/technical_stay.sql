/*
id = "technical_stay"
kind = "explanation"
order = 31
level = "L1"
needs = ["staff", "stays"]
columns = ["staff.duty", "stays.day", "stays.until"]
windows = { before = 3, after = 3 }
starts = false
[title]
ja = "薬剤・検査・栄養・リハビリなどの業務（入院の前後3日まで、オーダーが届いていない日）"
en = "Pharmacy, tests, nutrition, therapy… for a stay, three days around it, where no orders have arrived"
[purpose]
ja = "入院中の薬・検査・食事・リハビリなど"
en = "medicines, tests, meals or therapy during a stay"
[why]
ja = "全病院の業務：%(place)sへの入院（%(day)sから、%(file)s の%(row)s行目）"
en = "whole-hospital duty: stay in %(place)s from %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-15" }]
staff = [{ user = "u1", duty = "薬剤師", department = "薬剤部" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-16" }]
staff = [{ user = "u1", duty = "薬剤師", department = "薬剤部" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-11" }]
staff = [{ user = "u1", duty = "医師", department = "外科" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "薬剤師", department = "薬剤部" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
orders = [{ patient = "p2", day = "2026-10-10", what = "prescription" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.until + $after
ANTI JOIN ordered AS o
  ON o.duty_group = t.duty_group AND t.day BETWEEN o.first AND o.last
WHERE t.duty_group IN ('pharmacy', 'radiology', 'laboratory', 'nutrition', 'rehabilitation', 'endoscopy', 'dialysis', 'surgery');
-- explain
SELECT t.index, t.patient_id, 'stays' AS record, c.file, c.row, c.day, c.department AS place
FROM post AS t
JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.until + $after
ANTI JOIN ordered AS o
  ON o.duty_group = t.duty_group AND t.day BETWEEN o.first AND o.last
WHERE t.index IN (SELECT index FROM shown)
  AND t.duty_group IN ('pharmacy', 'radiology', 'laboratory', 'nutrition', 'rehabilitation', 'endoscopy', 'dialysis', 'surgery')
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
