/*
id = "stay_ward"
kind = "explanation"
order = 22
level = "L1"
needs = ["staff", "stays"]
columns = ["staff.ward", "stays.ward", "stays.day", "stays.until"]
windows = { before = 7, after = 14 }
[title]
ja = "所属する病棟の入院"
en = "A stay in the person's ward"
[purpose]
ja = "入院中の診療・看護"
en = "care on the ward"
[why]
ja = "%(place)sへの入院（%(day)sから、%(file)s の%(row)s行目）"
en = "stay in %(place)s from %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-11" }]
staff = [{ user = "u1", duty = "看護師", ward = "5階東病棟" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-27" }]
staff = [{ user = "u1", duty = "看護師", ward = "5階東病棟" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-11" }]
staff = [{ user = "u1", duty = "看護師", ward = "6階西病棟" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "09:59:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-12", department = "内科", ward = "5東", retracted_at = "2026-10-09 10:00" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "10:01:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-12", department = "内科", ward = "5東", retracted_at = "2026-10-09 10:00" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.ward_key = t.place
  AND t.day BETWEEN c.day - $before AND c.until + $after;
-- explain
SELECT t.index, t.patient_id, 'stays' AS record, c.file, c.row, c.day, c.ward AS place
FROM post AS t
JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.ward_key = t.place
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.index IN (SELECT index FROM shown)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
