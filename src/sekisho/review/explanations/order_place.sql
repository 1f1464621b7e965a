/*
id = "order_place"
kind = "explanation"
order = 24
level = "L2"
needs = ["staff", "orders"]
columns = ["staff.department", "staff.ward", "orders.department", "orders.ward", "orders.executed_in", "orders.day"]
windows = { before = 1, after = 14 }
[title]
ja = "オーダーの診療科・病棟・実施場所に所属する人"
en = "People of the order's department, ward or place of execution"
[purpose]
ja = "検査・処方などの診療"
en = "tests, medicines and other orders"
[why]
ja = "%(place)sのオーダー：オーダー %(number)s（%(day)s、%(file)s の%(row)s行目）"
en = "%(place)s: order %(number)s of %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-24" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-25" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1", department = "内科" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "endoscopy", number = "A1", department = "外科", executed_in = "内科" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1", department = "外科", ward = "5階東病棟" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1", department = "外科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "consult", number = "A1", department = "外科", executed_in = "内科" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "09:59:00" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
orders = [{ patient = "p1", day = "2026-10-09", what = "lab", number = "A1", department = "内科", retracted_at = "2026-10-09 10:00" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "10:01:00" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
orders = [{ patient = "p1", day = "2026-10-09", what = "lab", number = "A1", department = "内科", retracted_at = "2026-10-09 10:00" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN (
  SELECT patient_id, day, until, number, file, row, department AS place, department_key AS key, retracted_at
  FROM orders_ever WHERE department_key IS NOT NULL
  UNION ALL
  SELECT patient_id, day, until, number, file, row, ward, ward_key, retracted_at
  FROM orders_ever WHERE ward_key IS NOT NULL
  UNION ALL
  SELECT patient_id, day, until, number, file, row, executed_in, executed_in_key, retracted_at
  FROM orders_ever WHERE executed_in_key IS NOT NULL AND what <> 'consult'
) AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.key = t.place
  AND t.day BETWEEN c.day - $before AND c.until + $after;
-- explain
SELECT t.index, t.patient_id, 'orders' AS record, c.file, c.row, c.day, c.place AS place, c.number AS number
FROM post AS t
JOIN (
  SELECT patient_id, day, until, number, file, row, department AS place, department_key AS key, retracted_at
  FROM orders_ever WHERE department_key IS NOT NULL
  UNION ALL
  SELECT patient_id, day, until, number, file, row, ward, ward_key, retracted_at
  FROM orders_ever WHERE ward_key IS NOT NULL
  UNION ALL
  SELECT patient_id, day, until, number, file, row, executed_in, executed_in_key, retracted_at
  FROM orders_ever WHERE executed_in_key IS NOT NULL AND what <> 'consult'
) AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.key = t.place
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.index IN (SELECT index FROM shown)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
