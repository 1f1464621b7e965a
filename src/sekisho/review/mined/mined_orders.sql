/*
id = "mined_orders"
kind = "explanation"
order = 65
level = "L2"
needs = ["staff", "orders"]
columns = ["staff.duty", "orders.what", "orders.day"]
starts = false
windows = { before = 1, after = 14, duty = "clerk", what = "imaging" }
[title]
ja = "%(duty)sが、%(what)sのオーダーのある患者を（データからの提案）"
en = "%(duty)s: patients with an order (%(what)s) (proposed from the data)"
[purpose]
ja = "検査・処方などの診療"
en = "tests, medicines and other orders"
[why]
ja = "職種とオーダーの種類：%(place)sのオーダー %(number)s（%(day)s、%(file)s の%(row)s行目）"
en = "duty and kind of order: %(place)s, order %(number)s of %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-24" }]
staff = [{ user = "u1", duty = "事務員", department = "研究支援室" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "imaging", number = "A1", department = "外科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-25" }]
staff = [{ user = "u1", duty = "事務員", department = "研究支援室" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "imaging", number = "A1", department = "外科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-12" }]
staff = [{ user = "u1", duty = "事務員", department = "研究支援室" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1", department = "外科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-12" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "imaging", number = "A1", department = "外科" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN orders_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.what = $what
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.duty_group = $duty;
-- explain
SELECT t.index, t.patient_id, 'orders' AS record, c.file, c.row, c.day, c.department AS place,
  c.number AS number
FROM post AS t
JOIN orders_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.what = $what
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.index IN (SELECT index FROM shown)
  AND t.duty_group = $duty
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
