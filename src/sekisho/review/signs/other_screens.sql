/*
id = "other_screens"
kind = "sign"
order = 27
level = "L0"
score = 0.5
cut = false
group = true
rare = 0.05
needs = ["staff"]
columns = ["access.object", "access.action", "staff.duty"]
windows = { share = 0.02, least = 30, most = 300, several = 2 }
[title]
ja = "ふだんの仕事では開かない画面を、読んだだけ"
en = "A screen that this person's work does not open, read only"
[why]
ja = "本人も、同じ職種の人も、ほかの患者ではほとんど開かない画面（%(screen)s）を開き、その日は記録を書いていません（%(records)s件）。仕事が変わったのでなければ、本人に尋ねてください"
en = "a screen (%(screen)s) that neither the person nor others of the duty open for other patients was opened, and nothing was written that day (%(records)s records). Unless the work has changed, ask the person"
[[samples]]
matches = true
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-20", time = "10:00:00", object = "カルテ" },
  { user = "u1", patient = "p1", day = "2026-10-20", time = "10:02:00", object = "画像" },
  { user = "u2", patient = "q", many = 30, day = "2026-10-05", time = "09:00:00", object = "カルテ" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }, { user = "u2", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-25", department = "内科", ward = "5東" }]
[[samples]]
matches = true
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-20", time = "10:02:00", object = "画像" },
  { user = "u2", patient = "q", many = 30, day = "2026-10-05", time = "09:00:00", object = "カルテ" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }, { user = "u2", duty = "看護師", department = "看護部", ward = "5東" }]
visits = [{ patient = "p9", day = "2026-10-20", department = "外科" }]
[[samples]]
matches = false
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-20", time = "10:02:00", object = "画像" },
  { user = "u2", patient = "q", many = 30, day = "2026-10-05", time = "09:00:00", object = "カルテ" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }, { user = "u2", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-25", department = "内科", ward = "5東" }]
[[samples]]
matches = false
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-20", time = "10:00:00", object = "カルテ" },
  { user = "u1", patient = "p1", day = "2026-10-20", time = "10:02:00", object = "画像" },
  { user = "u1", patient = "p1", day = "2026-10-20", time = "10:05:00", object = "看護記録", action = "create" },
  { user = "u2", patient = "q", many = 30, day = "2026-10-05", time = "09:00:00", object = "カルテ" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }, { user = "u2", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-25", department = "内科", ward = "5東" }]
[[samples]]
matches = false
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-20", time = "10:00:00", object = "カルテ" },
  { user = "u1", patient = "p1", day = "2026-10-20", time = "10:02:00", object = "画像" },
  { user = "u2", patient = "q1", day = "2026-10-20", time = "10:00:00", object = "画像" },
  { user = "u2", patient = "q2", day = "2026-10-20", time = "10:00:00", object = "画像" },
  { user = "u2", patient = "q", many = 30, day = "2026-10-05", time = "09:00:00", object = "カルテ" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }, { user = "u2", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-25", department = "内科", ward = "5東" }]
[[samples]]
matches = false
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-20", time = "10:00:00", object = "カルテ" },
  { user = "u1", patient = "p1", day = "2026-10-20", time = "10:02:00", object = "カルテ" },
  { user = "u2", patient = "q", many = 30, day = "2026-10-05", time = "09:00:00", object = "カルテ" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }, { user = "u2", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-25", department = "内科", ward = "5東" }]
[[samples]]
matches = false
after = ["stay_ward"]
access = [
  { user = "u1", patient = "p1", day = "2026-10-20", time = "10:00:00", object = "カルテ" },
  { user = "u1", patient = "p1", day = "2026-10-20", time = "10:02:00", object = "画像" },
  { user = "u2", patient = "q", many = 20, day = "2026-10-05", time = "09:00:00", object = "カルテ" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }, { user = "u2", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-25", department = "内科", ward = "5東" }]
*/
-- Objects of which a log names more than $most are documents or requests, not screens.
-- What this patient's own records add to the counts is taken out again, ten at most: a screen that
-- is opened more often than that is no seldom one.
-- count
WITH opened AS (
  SELECT user_id, duty_group, source, object, count(*) AS reads FROM seen
  WHERE in_period AND patient_id IS NOT NULL AND user_id IS NOT NULL AND object IS NOT NULL
    AND action = 'read' AND source <> 'sekisho' AND kind IN ('person', 'unknown')
  GROUP BY user_id, duty_group, source, object
),
screens AS (
  SELECT source FROM opened GROUP BY source HAVING count(DISTINCT object) <= $most
),
work AS (
  SELECT o.user_id, o.duty_group, o.object, sum(o.reads) AS reads
  FROM opened AS o SEMI JOIN screens AS s ON s.source = o.source
  GROUP BY o.user_id, o.duty_group, o.object
),
person AS (SELECT user_id, sum(reads) AS reads FROM work GROUP BY user_id),
peers AS (SELECT duty_group, object, sum(reads) AS reads FROM work GROUP BY duty_group, object),
duty AS (SELECT duty_group, sum(reads) AS reads FROM peers GROUP BY duty_group),
seldom AS (
  SELECT w.user_id, w.duty_group, w.object, w.reads - $share * p.reads AS mine,
    g.reads - $share * d.reads AS theirs
  FROM work AS w
  JOIN person AS p ON p.user_id = w.user_id
  JOIN peers AS g ON g.duty_group = w.duty_group AND g.object = w.object
  JOIN duty AS d ON d.duty_group = w.duty_group
  WHERE d.reads >= $least AND w.reads - 10 <= $share * p.reads AND g.reads - 10 <= $share * d.reads
),
found AS (
  SELECT t.user_id, t.patient_id, t.day, t.object, s.mine, s.theirs FROM seen AS t
  JOIN seldom AS s
    ON s.user_id = t.user_id AND s.duty_group = t.duty_group AND s.object = t.object
  WHERE t.in_period AND t.patient_id IS NOT NULL AND t.action = 'read' AND t.source <> 'sekisho'
    AND t.kind IN ('person', 'unknown')
),
rare AS (
  SELECT user_id, patient_id, object, count(*) AS reads, min(mine) AS mine, min(theirs) AS theirs
  FROM found GROUP BY user_id, patient_id, object
),
unusual AS (
  SELECT f.user_id, f.patient_id, f.day, min(f.object) AS screen FROM found AS f
  JOIN rare AS r ON r.user_id = f.user_id AND r.patient_id = f.patient_id AND r.object = f.object
  WHERE r.mine <= r.reads AND r.theirs <= r.reads
  GROUP BY f.user_id, f.patient_id, f.day
),
looked AS (
  SELECT t.index, t.user_id, t.patient_id, t.day, u.screen,
    t.action IN ('create', 'update', 'execute') AS wrote
  FROM touch AS t
  JOIN unusual AS u ON u.user_id = t.user_id AND u.patient_id = t.patient_id AND u.day = t.day
  WHERE t.in_period AND t.kind IN ('person', 'unknown') AND t.source <> 'sekisho'
),
alone AS (
  SELECT l.user_id, l.patient_id, l.day FROM looked AS l
  LEFT JOIN open_touch AS o ON o.index = l.index AND o.patient_id = l.patient_id
    AND o.day IN (SELECT day FROM covered_day)
  GROUP BY l.user_id, l.patient_id, l.day
  HAVING count(*) FILTER (WHERE l.wrote) = 0
    AND (count(DISTINCT l.index) >= $several OR count(o.index) > 0)
)
SELECT DISTINCT l.index, l.patient_id, l.patient_id AS matter, CAST(l.screen AS VARCHAR) AS screen
FROM looked AS l
SEMI JOIN alone AS a ON a.user_id = l.user_id AND a.patient_id = l.patient_id AND a.day = l.day;
