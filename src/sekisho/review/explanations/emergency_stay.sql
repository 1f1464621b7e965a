/*
id = "emergency_stay"
kind = "explanation"
order = 46
level = "L1"
needs = ["staff", "stays"]
columns = ["staff.duty", "staff.department", "stays.day"]
windows = { before = 0, after = 1, hour = 9 }
starts = false
[title]
ja = "救急の業務（入院当日と、その夜の明けるまで）"
en = "Emergency room on the day of an admission, and until the night after it ends"
[purpose]
ja = "救急の診療"
en = "emergency care"
[why]
ja = "救急：%(place)sへの入院（%(day)s、%(file)s の%(row)s行目）"
en = "emergency room: stay in %(place)s from %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "看護師", department = "救急外来" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-11", time = "08:59:00" }]
staff = [{ user = "u1", duty = "看護師", department = "救急外来" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-11", time = "09:01:00" }]
staff = [{ user = "u1", duty = "看護師", department = "救急外来" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-09" }]
staff = [{ user = "u1", duty = "看護師", department = "救急外来" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "外科" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.day + $after
  AND (t.day <= c.day OR hour(t.moment) < $hour)
WHERE t.duty_group = 'emergency';
-- explain
SELECT t.index, t.patient_id, 'stays' AS record, c.file, c.row, c.day, c.department AS place
FROM post AS t
JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.day + $after
  AND (t.day <= c.day OR hour(t.moment) < $hour)
WHERE t.index IN (SELECT index FROM shown)
  AND t.duty_group = 'emergency'
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
