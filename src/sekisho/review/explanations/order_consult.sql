/*
id = "order_consult"
kind = "explanation"
order = 26
level = "L2"
needs = ["staff", "orders"]
columns = ["staff.department", "orders.executed_in", "orders.what", "orders.day"]
windows = { before = 0, after = 30 }
[title]
ja = "他科から診察を頼まれた診療科（コンサルト）"
en = "A department that was asked for a consult"
[purpose]
ja = "他科からの相談への診察"
en = "a consult asked by another department"
[why]
ja = "%(place)sへの依頼：オーダー %(number)s（%(day)s、%(file)s の%(row)s行目）"
en = "consult asked of %(place)s: order %(number)s of %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-11-09" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "consult", number = "A1", department = "外科", executed_in = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-11-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "consult", number = "A1", department = "外科", executed_in = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-09" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "consult", number = "A1", department = "外科", executed_in = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "consult", number = "A1", department = "内科", executed_in = "外科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1", department = "外科", executed_in = "内科" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN orders_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.executed_in_key = t.place
  AND c.what = 'consult'
  AND t.day BETWEEN c.day - $before AND c.until + $after;
-- explain
SELECT t.index, t.patient_id, 'orders' AS record, c.file, c.row, c.day, c.executed_in AS place, c.number AS number
FROM post AS t
JOIN orders_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.executed_in_key = t.place
  AND c.what = 'consult'
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.index IN (SELECT index FROM shown)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
