/*
id = "after_leaving"
kind = "sign"
order = 10
level = "L0"
score = 0.95
cut = false
needs = ["staff"]
columns = ["staff.valid_to", "staff.left_on", "access.user_id"]
[title]
ja = "退職・有効期間のあとの利用"
en = "Use after the person left or the id ended"
[why]
ja = "名簿では%(last_day)sで有効期間が終わっている利用者IDで、そのあとに%(records)s件の記録があります（最後は%(days)s日後）"
en = "the staff list ends this id on %(last_day)s; %(records)s records follow (the last one %(days)s days later)"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-06" },
]
staff = [{ user = "u1", duty = "看護師", department = "内科", valid_to = "2026-10-05" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-05" },
]
staff = [{ user = "u1", duty = "看護師", department = "内科", valid_to = "2026-10-05" }]
[[samples]]
matches = false
access = [
  { user = "u9", patient = "p1", day = "2026-10-06" },
]
staff = [{ user = "u1", duty = "看護師", department = "内科", valid_to = "2026-10-05" }]
*/
-- count
SELECT e.index, CAST(NULL AS INTEGER) AS patient_id, '' AS matter,
  CAST(l.last_day AS VARCHAR) AS last_day, e.day - l.last_day AS days
FROM event AS e
JOIN ended AS l
  ON l.user_id = e.user_id AND e.day > l.last_day;
