/*
id = "order_course"
kind = "explanation"
order = 27
level = "L2"
needs = ["staff", "orders"]
columns = ["staff.duty", "orders.what", "orders.day", "stays.until"]
windows = { after = 60 }
[title]
ja = "続けて行うオーダー（リハビリ・透析・栄養・退院支援）の期間（入院中に出たものは退院まで）"
en = "A course of therapy, dialysis, nutrition or discharge support (one ordered in a stay holds to its end)"
[purpose]
ja = "リハビリ・透析・栄養・退院支援"
en = "therapy, dialysis, nutrition or discharge support"
[why]
ja = "続けて行うオーダー：オーダー %(number)s（%(day)s、%(file)s の%(row)s行目）"
en = "course: order %(number)s of %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-12-09" }]
staff = [{ user = "u1", duty = "理学療法士", department = "リハビリテーション科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "rehabilitation", number = "A1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-12-10" }]
staff = [{ user = "u1", duty = "理学療法士", department = "リハビリテーション科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "rehabilitation", number = "A1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-09" }]
staff = [{ user = "u1", duty = "理学療法士", department = "リハビリテーション科" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "rehabilitation", number = "A1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-11-09" }]
staff = [{ user = "u1", duty = "臨床検査技師", department = "検査部" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "lab", number = "A1" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-11-09" }]
staff = [{ user = "u1", duty = "社会福祉士", department = "地域連携室" }]
orders = [{ patient = "p1", day = "2026-10-10", what = "liaison", number = "A1" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "作業療法士", department = "リハビリテーション科" }]
orders = [{ patient = "p1", day = "2026-03-10", what = "rehabilitation", number = "A1" }]
stays = [{ patient = "p1", day = "2026-03-09", until = "2026-10-20", department = "精神科", ward = "3東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "作業療法士", department = "リハビリテーション科" }]
orders = [{ patient = "p1", day = "2026-03-10", what = "rehabilitation", number = "A1" }]
stays = [{ patient = "p1", day = "2026-03-09", until = "2026-06-20", department = "精神科", ward = "3東" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN (
  SELECT o.*, greatest(o.until + $after, coalesce(s.until, o.until)) AS last
  FROM duty_order_whole AS o
  LEFT JOIN stays AS s ON s.patient_id = o.patient_id AND o.day BETWEEN s.day - 1 AND s.until
  WHERE o.what IN ('rehabilitation', 'dialysis', 'nutrition', 'liaison')
) AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.duty_group = t.duty_group
  AND t.day BETWEEN c.day AND c.last;
-- explain
SELECT t.index, t.patient_id, 'orders' AS record, c.file, c.row, c.day, c.department AS place, c.number AS number
FROM post AS t
JOIN (
  SELECT o.*, greatest(o.until + $after, coalesce(s.until, o.until)) AS last
  FROM duty_order_whole AS o
  LEFT JOIN stays AS s ON s.patient_id = o.patient_id AND o.day BETWEEN s.day - 1 AND s.until
  WHERE o.what IN ('rehabilitation', 'dialysis', 'nutrition', 'liaison')
) AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.duty_group = t.duty_group
  AND t.day BETWEEN c.day AND c.last
WHERE t.index IN (SELECT index FROM shown)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
