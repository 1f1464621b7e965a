/*
id = "liaison_stay"
kind = "explanation"
order = 42
level = "L1"
needs = ["staff", "stays"]
columns = ["staff.duty", "staff.department", "stays.day", "stays.until"]
windows = { before = 7, after = 14 }
starts = false
[title]
ja = "地域連携・入退院支援（入院の前7日、退院後14日まで）"
en = "Liaison and discharge support around a stay"
[purpose]
ja = "入退院の支援、ほかの医療機関との連携"
en = "support around a stay, and contact with other institutions"
[why]
ja = "地域連携・入退院支援：%(place)sへの入院（%(day)sから、%(file)s の%(row)s行目）"
en = "liaison: stay in %(place)s from %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-26" }]
staff = [{ user = "u1", duty = "社会福祉士", department = "地域連携室" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-27" }]
staff = [{ user = "u1", duty = "社会福祉士", department = "地域連携室" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-11" }]
staff = [{ user = "u1", duty = "医師", department = "外科" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "社会福祉士", department = "地域連携室" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
orders = [{ patient = "p2", day = "2026-10-10", what = "liaison" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.until + $after
ANTI JOIN ordered AS o
  ON o.duty_group = t.duty_group AND t.day BETWEEN o.first AND o.last
WHERE t.duty_group = 'liaison';
-- explain
SELECT t.index, t.patient_id, 'stays' AS record, c.file, c.row, c.day, c.department AS place
FROM post AS t
JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.until + $after
ANTI JOIN ordered AS o
  ON o.duty_group = t.duty_group AND t.day BETWEEN o.first AND o.last
WHERE t.index IN (SELECT index FROM shown)
  AND t.duty_group = 'liaison'
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
