/*
id = "billing_stay"
kind = "explanation"
order = 41
level = "L1"
needs = ["staff", "stays"]
columns = ["staff.duty", "staff.department", "stays.day", "stays.until"]
starts = false
windows = { before = 3, after = 14 }
[title]
ja = "医事（入院の前3日から退院後14日までの会計）"
en = "Billing from three days before a stay to fourteen days after"
[purpose]
ja = "会計・請求"
en = "billing"
[why]
ja = "会計・請求：%(place)sへの入院（%(day)sから、%(file)s の%(row)s行目）"
en = "billing: stay in %(place)s from %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-26" }]
staff = [{ user = "u1", duty = "事務員", department = "医事課" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-27" }]
staff = [{ user = "u1", duty = "事務員", department = "医事課" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-11" }]
staff = [{ user = "u1", duty = "医師", department = "外科" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.duty_group = 'billing';
-- explain
SELECT t.index, t.patient_id, 'stays' AS record, c.file, c.row, c.day, c.department AS place
FROM post AS t
JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.index IN (SELECT index FROM shown)
  AND t.duty_group = 'billing'
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
