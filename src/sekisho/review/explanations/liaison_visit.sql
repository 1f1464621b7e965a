/*
id = "liaison_visit"
kind = "explanation"
order = 43
level = "L1"
needs = ["staff", "visits"]
columns = ["staff.duty", "staff.department", "visits.day"]
windows = { before = 3, after = 14 }
starts = false
[title]
ja = "地域連携（受診の前3日、後14日まで）"
en = "Liaison around a visit"
[purpose]
ja = "ほかの医療機関との連携"
en = "contact with other institutions"
[why]
ja = "地域連携：%(place)sの受診（%(day)s、%(file)s の%(row)s行目）"
en = "liaison: visit to %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-24" }]
staff = [{ user = "u1", duty = "社会福祉士", department = "地域連携室" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-25" }]
staff = [{ user = "u1", duty = "社会福祉士", department = "地域連携室" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "外科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "社会福祉士", department = "地域連携室" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
orders = [{ patient = "p2", day = "2026-10-10", what = "liaison" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN visits_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.day + $after
ANTI JOIN ordered AS o
  ON o.duty_group = t.duty_group AND t.day BETWEEN o.first AND o.last
WHERE t.duty_group = 'liaison';
-- explain
SELECT t.index, t.patient_id, 'visits' AS record, c.file, c.row, c.day, c.department AS place
FROM post AS t
JOIN visits_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.day + $after
ANTI JOIN ordered AS o
  ON o.duty_group = t.duty_group AND t.day BETWEEN o.first AND o.last
WHERE t.index IN (SELECT index FROM shown)
  AND t.duty_group = 'liaison'
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
