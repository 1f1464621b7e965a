/*
id = "shared_many"
kind = "sign"
order = 38
level = "L1"
score = 0.55
cut = true
needs = ["staff", "visits", "stays"]
columns = ["staff.kind", "staff.ward", "visits.day", "stays.day", "access.occurred_at"]
windows = { least = 5, days = 4 }
[title]
ja = "共用・実習などの利用者IDで、ふだんの日にない数の患者"
en = "A shared, duty or trainee id, and more patients than on usual days"
[why]
ja = "共用・実習などの利用者IDで、診療の見つからない患者を何人も読んだ日（朝6時から翌朝6時まで）が%(days)s日あります（多い日で%(people)s人）。この利用者IDのほかの日も、ほかのそういう利用者IDの日も、ふだんは多くて%(usual)s人です"
en = "with a shared, duty or trainee id many patients without care that was found were read on %(days)s days, from six to six in the morning (%(people)s at most); on its other days, and on those of other such ids, it is usually no more than %(usual)s"
[[samples]]
matches = true
access = [
  { user = "w1", patient = "p", many = 5, day = "2026-10-10", time = "23:30:00" },
  { user = "w1", patient = "z9", day = "2026-10-02" },
  { user = "w1", patient = "z9", day = "2026-10-03" },
  { user = "w1", patient = "z9", day = "2026-10-04" },
  { user = "w1", patient = "z9", day = "2026-10-05" },
]
staff = [{ user = "w1", name = "病棟共用", duty = "看護師", ward = "5東", note = "共用ID" }]
visits = [
  { patient = "z9", day = "2026-10-01", department = "外科" },
  { patient = "z9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = true
access = [
  { user = "w1", patient = "p", many = 3, day = "2026-10-10", time = "23:30:00" },
  { user = "w1", patient = "q", many = 3, day = "2026-10-11", time = "00:30:00" },
  { user = "w1", patient = "r1", day = "2026-10-08" },
  { user = "w1", patient = "z9", day = "2026-10-02" },
  { user = "w1", patient = "z9", day = "2026-10-03" },
  { user = "w1", patient = "z9", day = "2026-10-04" },
  { user = "w1", patient = "z9", day = "2026-10-05" },
  { user = "w1", patient = "z9", day = "2026-10-06" },
  { user = "w1", patient = "z9", day = "2026-10-07" },
]
staff = [{ user = "w1", name = "病棟共用", duty = "看護師", ward = "5東", note = "共用ID" }]
visits = [
  { patient = "z9", day = "2026-10-01", department = "外科" },
  { patient = "z9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = true
access = [
  { user = "w1", patient = "p", many = 6, day = "2026-10-10" },
  { user = "w1", patient = "z9", day = "2026-10-02" },
  { user = "w1", patient = "z9", day = "2026-10-03" },
  { user = "w1", patient = "z9", day = "2026-10-04" },
  { user = "w2", patient = "q", many = 6, day = "2026-10-09" },
  { user = "w2", patient = "z9", day = "2026-10-02" },
  { user = "w2", patient = "z9", day = "2026-10-03" },
  { user = "w2", patient = "z9", day = "2026-10-04" },
  { user = "w2", patient = "z9", day = "2026-10-05" },
  { user = "w2", patient = "z9", day = "2026-10-06" },
  { user = "w2", patient = "z9", day = "2026-10-07" },
  { user = "w2", patient = "z9", day = "2026-10-08" },
  { user = "w2", patient = "z9", day = "2026-10-10" },
  { user = "w2", patient = "z9", day = "2026-10-11" },
  { user = "w2", patient = "z9", day = "2026-10-12" },
]
staff = [
  { user = "w1", name = "5東共用", duty = "看護師", ward = "5東", note = "共用ID" },
  { user = "w2", name = "6東共用", duty = "看護師", ward = "6東", note = "共用ID" },
]
visits = [
  { patient = "z9", day = "2026-10-01", department = "外科" },
  { patient = "z9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = false
access = [
  { user = "w1", patient = "p", many = 4, day = "2026-10-10", time = "23:30:00" },
  { user = "w1", patient = "z9", day = "2026-10-02" },
  { user = "w1", patient = "z9", day = "2026-10-03" },
  { user = "w1", patient = "z9", day = "2026-10-04" },
  { user = "w1", patient = "z9", day = "2026-10-05" },
]
staff = [{ user = "w1", name = "病棟共用", duty = "看護師", ward = "5東", note = "共用ID" }]
visits = [
  { patient = "z9", day = "2026-10-01", department = "外科" },
  { patient = "z9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = false
access = [
  { user = "w1", patient = "p", many = 6, day = "2026-10-10" },
  { user = "w1", patient = "q", many = 2, day = "2026-10-08" },
  { user = "w1", patient = "r", many = 2, day = "2026-10-09" },
  { user = "w1", patient = "s", many = 2, day = "2026-10-11" },
  { user = "w1", patient = "t", many = 2, day = "2026-10-12" },
]
staff = [{ user = "w1", name = "受付共用", duty = "事務員", department = "医事課", note = "共用ID" }]
visits = [
  { patient = "z9", day = "2026-10-01", department = "外科" },
  { patient = "z9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = false
access = [
  { user = "w1", patient = "p", many = 6, day = "2026-10-10" },
  { user = "w2", patient = "q", many = 2, day = "2026-10-07" },
  { user = "w2", patient = "r", many = 2, day = "2026-10-08" },
  { user = "w2", patient = "s", many = 2, day = "2026-10-09" },
  { user = "w2", patient = "t", many = 2, day = "2026-10-10" },
]
staff = [
  { user = "w1", name = "受付共用", duty = "事務員", department = "医事課", note = "共用ID" },
  { user = "w2", name = "会計共用", duty = "事務員", department = "医事課", note = "共用ID" },
]
visits = [
  { patient = "z9", day = "2026-10-01", department = "外科" },
  { patient = "z9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = false
access = [
  { user = "w1", patient = "p", many = 6, day = "2026-10-10", action = "update" },
  { user = "w1", patient = "z9", day = "2026-10-02" },
  { user = "w1", patient = "z9", day = "2026-10-03" },
  { user = "w1", patient = "z9", day = "2026-10-04" },
  { user = "w1", patient = "z9", day = "2026-10-05" },
]
staff = [{ user = "w1", name = "病棟共用", duty = "看護師", ward = "5東", note = "共用ID" }]
visits = [
  { patient = "z9", day = "2026-10-01", department = "外科" },
  { patient = "z9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = false
access = [
  { user = "w1", patient = "p", many = 6, day = "2026-10-10" },
  { user = "w1", patient = "z9", day = "2026-10-09" },
]
staff = [{ user = "w1", name = "受付共用", duty = "事務員", department = "医事課", note = "共用ID" }]
visits = [
  { patient = "z9", day = "2026-10-01", department = "外科" },
  { patient = "z9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p", many = 6, day = "2026-10-10" },
  { user = "u1", patient = "z9", day = "2026-10-02" },
  { user = "u1", patient = "z9", day = "2026-10-03" },
  { user = "u1", patient = "z9", day = "2026-10-04" },
  { user = "u1", patient = "z9", day = "2026-10-05" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
visits = [
  { patient = "z9", day = "2026-10-01", department = "外科" },
  { patient = "z9", day = "2026-10-14", department = "外科" },
]
*/
-- Many people use a shared id, so that few ids are no measure of how often one is misused: days are
-- held against usual days. A day begins at six, as a night is one. Who wrote was at work.
-- count
WITH used AS (
  SELECT DISTINCT user_id,
    CASE WHEN exact THEN CAST(moment - INTERVAL 6 HOUR AS DATE) ELSE day END AS turn
  FROM event
  WHERE kind = 'shared' AND patients > 0 AND source <> 'sekisho'
    AND day IN (SELECT day FROM covered_day)
),
stayed AS (
  SELECT *, CASE WHEN exact THEN CAST(moment - INTERVAL 6 HOUR AS DATE) ELSE day END AS turn
  FROM open_touch
  WHERE kind = 'shared' AND source <> 'sekisho' AND day IN (SELECT day FROM covered_day)
),
written AS (
  SELECT DISTINCT user_id, patient_id, turn FROM stayed
  WHERE action IN ('create', 'update') AND outcome = 'success'
),
looked AS (
  SELECT s.* FROM stayed AS s
  ANTI JOIN written AS w
    ON w.user_id = s.user_id AND w.patient_id = s.patient_id AND w.turn = s.turn
),
many AS (
  SELECT user_id, turn, count(DISTINCT patient_id) AS people FROM looked GROUP BY user_id, turn
),
daily AS (
  SELECT u.user_id, u.turn, coalesce(m.people, 0) AS people FROM used AS u
  LEFT JOIN many AS m ON m.user_id = u.user_id AND m.turn = u.turn
),
own AS (
  SELECT m.user_id, m.turn, quantile_cont(d.people, 0.9) AS people, count(*) AS days
  FROM many AS m
  JOIN daily AS d ON d.user_id = m.user_id AND d.turn <> m.turn
  WHERE m.people >= $least GROUP BY m.user_id, m.turn
),
others AS (
  SELECT m.user_id, quantile_cont(d.people, 0.9) AS people, count(*) AS days
  FROM (SELECT DISTINCT user_id FROM many WHERE people >= $least) AS m
  JOIN daily AS d ON d.user_id <> m.user_id GROUP BY m.user_id
),
loud AS (
  SELECT m.user_id, m.turn, m.people,
    greatest(coalesce(o.people, 0), coalesce(t.people, 0)) AS usual
  FROM many AS m
  LEFT JOIN own AS o ON o.user_id = m.user_id AND o.turn = m.turn
  LEFT JOIN others AS t ON t.user_id = m.user_id
  WHERE m.people >= $least AND coalesce(o.days, 0) + coalesce(t.days, 0) >= $days
    AND m.people > 3 * coalesce(o.people, 0) AND m.people > 3 * coalesce(t.people, 0)
),
days AS (SELECT user_id, count(*) AS days FROM loud GROUP BY user_id)
SELECT l.index, l.patient_id, '' AS matter, d.days, u.people,
  CAST(round(u.usual) AS BIGINT) AS usual
FROM looked AS l
JOIN loud AS u ON u.user_id = l.user_id AND u.turn = l.turn
JOIN days AS d ON d.user_id = l.user_id;
