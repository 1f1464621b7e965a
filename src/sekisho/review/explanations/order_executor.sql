/*
id = "order_executor"
kind = "explanation"
order = 14
level = "L2"
personal = true
needs = ["staff", "orders"]
columns = ["orders.executor_id", "orders.day"]
windows = { before = 1, after = 7 }
[title]
ja = "オーダーを実施した人"
en = "The person who carried out an order"
[purpose]
ja = "検査・処方などの診療"
en = "tests, medicines and other orders"
[why]
ja = "実施したオーダー：オーダー %(number)s（%(day)s、%(file)s の%(row)s行目）"
en = "carried out: order %(number)s of %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-12" }]
staff = [{ user = "u1", duty = "臨床検査技師", department = "検査部" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1", executor = "u1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-18" }]
staff = [{ user = "u1", duty = "臨床検査技師", department = "検査部" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1", executor = "u1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "臨床検査技師", department = "検査部" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1", executor = "u2" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p2", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "臨床検査技師", department = "検査部" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1", executor = "u1" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN orders_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.executor_id = t.user_id
  AND t.day BETWEEN c.day - $before AND c.until + $after;
-- explain
SELECT t.index, t.patient_id, 'orders' AS record, c.file, c.row, c.day, c.department AS place, c.number AS number
FROM post AS t
JOIN orders_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.executor_id = t.user_id
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.index IN (SELECT index FROM shown)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
