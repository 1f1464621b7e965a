/*
id = "admission_check"
kind = "explanation"
order = 34
level = "L1"
needs = ["staff", "stays"]
columns = ["staff.duty", "stays.day"]
starts = false
windows = { before = 3, after = 3 }
[title]
ja = "入院時の確認（持参薬・栄養・リハビリ・退院支援・感染）"
en = "Checks at admission (own medicines, nutrition, therapy, discharge support)"
[purpose]
ja = "入院時の確認"
en = "checks at admission"
[why]
ja = "入院時の確認：%(place)sへの入院（%(day)sから、%(file)s の%(row)s行目）"
en = "at admission: stay in %(place)s from %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-13" }]
staff = [{ user = "u1", duty = "薬剤師", department = "薬剤部" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-20", department = "外科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-14" }]
staff = [{ user = "u1", duty = "薬剤師", department = "薬剤部" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-20", department = "外科", ward = "5東" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-07" }]
staff = [{ user = "u1", duty = "薬剤師", department = "薬剤部" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-20", department = "外科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-06" }]
staff = [{ user = "u1", duty = "薬剤師", department = "薬剤部" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-20", department = "外科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "臨床検査技師", department = "検査部" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-20", department = "外科", ward = "5東" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.day + $after
WHERE t.duty_group IN ('pharmacy', 'nutrition', 'rehabilitation', 'liaison');
-- explain
SELECT t.index, t.patient_id, 'stays' AS record, c.file, c.row, c.day, c.ward AS place
FROM post AS t
JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.day + $after
WHERE t.index IN (SELECT index FROM shown)
  AND t.duty_group IN ('pharmacy', 'nutrition', 'rehabilitation', 'liaison')
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
