/*
id = "order_execution"
kind = "explanation"
order = 25
level = "L2"
needs = ["staff", "orders"]
columns = ["staff.duty", "orders.what", "orders.day"]
windows = { before = 1, after = 7 }
[title]
ja = "自分の部門が実施するオーダー（検査・放射線・薬剤・栄養・リハビリ・手術など）"
en = "An order that the person's section carries out"
[purpose]
ja = "検査・薬・食事・リハビリなどの実施"
en = "carrying out tests, medicines, meals or therapy"
[why]
ja = "部門で実施するオーダー：オーダー %(number)s（%(day)s、%(file)s の%(row)s行目）"
en = "carried out by the section: order %(number)s of %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-17" }]
staff = [{ user = "u1", duty = "臨床検査技師", department = "検査部" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-18" }]
staff = [{ user = "u1", duty = "臨床検査技師", department = "検査部" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-08" }]
staff = [{ user = "u1", duty = "臨床検査技師", department = "検査部" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "薬剤師", department = "薬剤部" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "injection", number = "A1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "薬剤師", department = "薬剤部" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "診療放射線技師", department = "放射線部" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "imaging", number = "A1" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "看護師", department = "手術室" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "surgery", number = "A1" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "麻酔科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "surgery", number = "A1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN duty_order AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.duty_group = t.duty_group
  AND t.day BETWEEN c.day - $before AND c.until + $after;
-- explain
SELECT t.index, t.patient_id, 'orders' AS record, c.file, c.row, c.day, c.department AS place, c.number AS number
FROM post AS t
JOIN duty_order AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.duty_group = t.duty_group
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.index IN (SELECT index FROM shown)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
