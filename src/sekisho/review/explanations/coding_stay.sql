/*
id = "coding_stay"
kind = "explanation"
order = 42
level = "L1"
needs = ["staff", "stays"]
columns = ["staff.duty", "staff.department", "stays.day", "stays.until"]
starts = false
windows = { before = 0, after = 45 }
[title]
ja = "診療情報管理（入院中から退院後45日までの記録の点検・コーディング）"
en = "Medical records: checking and coding a stay, to forty-five days after"
[purpose]
ja = "診療記録の点検とコーディング"
en = "checking and coding the medical records"
[why]
ja = "診療記録の点検：%(place)sへの入院（%(day)sから、%(file)s の%(row)s行目）"
en = "checking and coding: stay in %(place)s from %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-11-26" }]
staff = [{ user = "u1", duty = "診療情報管理士", department = "診療情報管理室" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-11-27" }]
staff = [{ user = "u1", duty = "診療情報管理士", department = "診療情報管理室" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-11-26" }]
staff = [{ user = "u1", duty = "事務員", department = "医事課" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.duty_group = 'coding';
-- explain
SELECT t.index, t.patient_id, 'stays' AS record, c.file, c.row, c.day, c.department AS place
FROM post AS t
JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.index IN (SELECT index FROM shown)
  AND t.duty_group = 'coding'
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
