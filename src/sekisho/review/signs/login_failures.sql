/*
id = "login_failures"
kind = "sign"
order = 42
level = "L0"
score = 0.4
cut = false
rare = 0.05
needs = []
columns = ["access.action", "access.outcome", "access.user_id", "access.occurred_at"]
windows = { least = 10, minutes = 30, soon = 15, told = 200 }
[title]
ja = "一つの利用者IDで、サインインの失敗が続いた"
en = "Sign-in failed again and again with one id"
[why]
ja = "この利用者IDで、30分のうちに10回以上サインインに失敗し、すぐには成功していないことがあります（そのような失敗は%(tries)s回）。だれが試したかは、記録からは分かりません"
en = "with this id sign-in failed ten times or more within thirty minutes and did not succeed soon after (%(tries)s such failures); who tried the log does not say"
[[samples]]
matches = true
access = [
  { user = "u1", day = "2026-10-10", time = "10:00:00", many = 10, every = 2, action = "login", outcome = "failed" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "08:00:00" },
  { user = "u1", day = "2026-10-10", time = "10:00:00", many = 10, every = 2, action = "login", outcome = "failed" },
  { user = "u1", day = "2026-10-10", time = "11:00:00", action = "login" },
]
[[samples]]
matches = false
access = [
  { user = "u1", day = "2026-10-10", time = "10:00:00", action = "login", outcome = "failed" },
  { user = "u1", day = "2026-10-10", time = "10:02:00", action = "login", outcome = "failed" },
  { user = "u1", day = "2026-10-10", time = "10:04:00", action = "login", outcome = "failed" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
[[samples]]
matches = false
access = [
  { user = "u1", day = "2026-10-10", time = "10:00:00", many = 9, every = 2, action = "login", outcome = "failed" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
[[samples]]
matches = false
access = [
  { user = "u1", day = "2026-10-10", time = "10:00:00", many = 10, every = 2, action = "login", outcome = "failed" },
  { user = "u1", day = "2026-10-10", time = "10:20:00", action = "login" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
[[samples]]
matches = false
access = [
  { user = "u1", day = "2026-10-10", time = "08:00:00", many = 10, every = 60, action = "login", outcome = "failed" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
[[samples]]
matches = false
access = [
  { user = "u1", day = "2026-10-10", time = "10:00:00", many = 10, every = 2, action = "login", outcome = "failed" },
]
[[samples]]
matches = false
access = [
  { user = "u1", day = "2026-10-10", time = "10:00:00", many = 10, every = 2, kind = "system", action = "login", outcome = "failed" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "08:00:00", kind = "system" },
]
*/
-- A mistyped password ends with the right one. An id that no list has and that opens no record here
-- is a guess from outside, or a machine's; what a machine tries with an old password is told by its
-- number, not by thousands of records.
-- count
WITH attempt AS (
  SELECT e.index, e.user_id, e.moment, e.outcome,
    min(CASE WHEN e.outcome = 'success' THEN e.moment END) OVER (
      PARTITION BY e.user_id ORDER BY e.moment, e.index
      ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS let_in
  FROM event AS e
  SEMI JOIN (
    SELECT user_id FROM event
    WHERE action = 'login' AND outcome IN ('refused', 'failed') AND exact AND source <> 'sekisho'
      AND kind IN ('person', 'unknown', 'vendor')
      AND (listed OR user_id IN (SELECT user_id FROM workday))
    GROUP BY user_id HAVING count(*) >= $least
  ) AS f ON f.user_id = e.user_id
  WHERE e.action = 'login' AND e.exact AND e.source <> 'sekisho'
),
failure AS (
  SELECT index, user_id, moment,
    row_number() OVER (PARTITION BY user_id ORDER BY moment, index) AS n
  FROM attempt
  WHERE outcome IN ('refused', 'failed')
    AND (let_in IS NULL OR let_in > moment + $soon * INTERVAL 1 MINUTE)
),
run AS (
  SELECT a.index, a.user_id, a.n, max(b.n) OVER (PARTITION BY a.user_id ORDER BY a.n) AS upto
  FROM failure AS a
  LEFT JOIN failure AS b ON b.user_id = a.user_id AND b.n = a.n + $least - 1
    AND b.moment <= a.moment + $minutes * INTERVAL 1 MINUTE
),
many AS (
  SELECT index, count(*) OVER (PARTITION BY user_id) AS tries,
    row_number() OVER (PARTITION BY user_id ORDER BY n) AS place
  FROM run WHERE n <= upto
)
SELECT index, CAST(NULL AS INTEGER) AS patient_id, '' AS matter, tries
FROM many WHERE place <= $told;
