/*
id = "list_export"
kind = "sign"
order = 14
level = "L0"
score = 0.6
cut = false
rare = 0.05
needs = []
columns = ["access.action", "access.object", "staff.duty"]
windows = { share = 0.05, days = 3, least = 3, printing = 5 }
[title]
ja = "一覧の出力・印刷"
en = "A list printed or exported"
[why]
ja = "一覧の出力・印刷が%(exports)s回あります。本人の部署のふだんの仕事には見えません（同じ職種で同じことをした人は%(peers)s人）"
en = "%(exports)s lists were printed or exported; it does not look like the usual work of the place (%(peers)s people of the same duty did the like)"
[[samples]]
matches = false
access = [
  { user = "u1", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u1", day = "2026-10-11", action = "export", object = "患者一覧出力" },
  { user = "u2", day = "2026-10-12", action = "export", object = "患者一覧出力" },
]
staff = [{ user = "u1", duty = "事務員", department = "医事課" }, { user = "u2", duty = "事務員", department = "医事課" }]
[[samples]]
matches = true
access = [
  { user = "u1", day = "2026-10-10", time = "18:00:00", action = "export", object = "患者一覧出力" },
  { user = "u1", day = "2026-10-10", time = "18:01:00", action = "export", object = "患者一覧出力" },
  { user = "u1", day = "2026-10-10", time = "18:02:00", action = "export", object = "患者一覧出力" },
  { user = "u2", day = "2026-10-11", action = "export", object = "患者一覧出力" },
  { user = "u2", day = "2026-10-12", action = "export", object = "患者一覧出力" },
]
staff = [{ user = "u1", duty = "事務員", department = "医事課" }, { user = "u2", duty = "事務員", department = "医事課" }]
[[samples]]
matches = true
access = [
  { user = "u1", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u1", patient = "p1", day = "2026-10-10" },
  { user = "u2", patient = "p1", day = "2026-10-10" },
  { user = "u3", patient = "p1", day = "2026-10-10" },
  { user = "u4", patient = "p1", day = "2026-10-10" },
  { user = "u5", patient = "p1", day = "2026-10-10" },
  { user = "u6", patient = "p1", day = "2026-10-10" },
  { user = "u7", patient = "p1", day = "2026-10-10" },
  { user = "u8", patient = "p1", day = "2026-10-10" },
  { user = "u9", patient = "p1", day = "2026-10-10" },
  { user = "u10", patient = "p1", day = "2026-10-10" },
  { user = "u11", patient = "p1", day = "2026-10-10" },
  { user = "u12", patient = "p1", day = "2026-10-10" },
  { user = "u13", patient = "p1", day = "2026-10-10" },
  { user = "u14", patient = "p1", day = "2026-10-10" },
  { user = "u15", patient = "p1", day = "2026-10-10" },
  { user = "u16", patient = "p1", day = "2026-10-10" },
  { user = "u17", patient = "p1", day = "2026-10-10" },
  { user = "u18", patient = "p1", day = "2026-10-10" },
  { user = "u19", patient = "p1", day = "2026-10-10" },
  { user = "u20", patient = "p1", day = "2026-10-10" },
  { user = "u21", patient = "p1", day = "2026-10-10" },
  { user = "u22", patient = "p1", day = "2026-10-10" },
  { user = "u23", patient = "p1", day = "2026-10-10" },
  { user = "u24", patient = "p1", day = "2026-10-10" },
  { user = "u25", patient = "p1", day = "2026-10-10" },
  { user = "u26", patient = "p1", day = "2026-10-10" },
  { user = "u27", patient = "p1", day = "2026-10-10" },
  { user = "u28", patient = "p1", day = "2026-10-10" },
  { user = "u29", patient = "p1", day = "2026-10-10" },
  { user = "u30", patient = "p1", day = "2026-10-10" },
  { user = "u31", patient = "p1", day = "2026-10-10" },
  { user = "u32", patient = "p1", day = "2026-10-10" },
  { user = "u33", patient = "p1", day = "2026-10-10" },
  { user = "u34", patient = "p1", day = "2026-10-10" },
  { user = "u35", patient = "p1", day = "2026-10-10" },
  { user = "u36", patient = "p1", day = "2026-10-10" },
  { user = "u37", patient = "p1", day = "2026-10-10" },
  { user = "u38", patient = "p1", day = "2026-10-10" },
  { user = "u39", patient = "p1", day = "2026-10-10" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }, { user = "u2", duty = "医師", department = "内科" }, { user = "u3", duty = "医師", department = "内科" }, { user = "u4", duty = "医師", department = "内科" }, { user = "u5", duty = "医師", department = "内科" }, { user = "u6", duty = "医師", department = "内科" }, { user = "u7", duty = "医師", department = "内科" }, { user = "u8", duty = "医師", department = "内科" }, { user = "u9", duty = "医師", department = "内科" }, { user = "u10", duty = "医師", department = "内科" }, { user = "u11", duty = "医師", department = "内科" }, { user = "u12", duty = "医師", department = "内科" }, { user = "u13", duty = "医師", department = "内科" }, { user = "u14", duty = "医師", department = "内科" }, { user = "u15", duty = "医師", department = "内科" }, { user = "u16", duty = "医師", department = "内科" }, { user = "u17", duty = "医師", department = "内科" }, { user = "u18", duty = "医師", department = "内科" }, { user = "u19", duty = "医師", department = "内科" }, { user = "u20", duty = "医師", department = "内科" }, { user = "u21", duty = "医師", department = "内科" }, { user = "u22", duty = "医師", department = "内科" }, { user = "u23", duty = "医師", department = "内科" }, { user = "u24", duty = "医師", department = "内科" }, { user = "u25", duty = "医師", department = "内科" }, { user = "u26", duty = "医師", department = "内科" }, { user = "u27", duty = "医師", department = "内科" }, { user = "u28", duty = "医師", department = "内科" }, { user = "u29", duty = "医師", department = "内科" }, { user = "u30", duty = "医師", department = "内科" }, { user = "u31", duty = "医師", department = "内科" }, { user = "u32", duty = "医師", department = "内科" }, { user = "u33", duty = "医師", department = "内科" }, { user = "u34", duty = "医師", department = "内科" }, { user = "u35", duty = "医師", department = "内科" }, { user = "u36", duty = "医師", department = "内科" }, { user = "u37", duty = "医師", department = "内科" }, { user = "u38", duty = "医師", department = "内科" }, { user = "u39", duty = "医師", department = "内科" }]
[[samples]]
matches = false
access = [
  { user = "u1", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u2", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u3", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u4", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u5", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u6", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u7", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u8", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u9", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u10", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u11", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u12", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u13", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u14", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u15", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u16", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u17", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u18", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u19", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u20", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u21", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u22", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u23", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u24", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u25", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u26", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u27", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u28", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u29", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u30", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u31", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u32", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u33", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u34", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u35", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u36", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u37", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u38", day = "2026-10-10", action = "export", object = "患者一覧出力" },
  { user = "u39", day = "2026-10-10", action = "export", object = "患者一覧出力" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }, { user = "u2", duty = "医師", department = "内科" }, { user = "u3", duty = "医師", department = "内科" }, { user = "u4", duty = "医師", department = "内科" }, { user = "u5", duty = "医師", department = "内科" }, { user = "u6", duty = "医師", department = "内科" }, { user = "u7", duty = "医師", department = "内科" }, { user = "u8", duty = "医師", department = "内科" }, { user = "u9", duty = "医師", department = "内科" }, { user = "u10", duty = "医師", department = "内科" }, { user = "u11", duty = "医師", department = "内科" }, { user = "u12", duty = "医師", department = "内科" }, { user = "u13", duty = "医師", department = "内科" }, { user = "u14", duty = "医師", department = "内科" }, { user = "u15", duty = "医師", department = "内科" }, { user = "u16", duty = "医師", department = "内科" }, { user = "u17", duty = "医師", department = "内科" }, { user = "u18", duty = "医師", department = "内科" }, { user = "u19", duty = "医師", department = "内科" }, { user = "u20", duty = "医師", department = "内科" }, { user = "u21", duty = "医師", department = "内科" }, { user = "u22", duty = "医師", department = "内科" }, { user = "u23", duty = "医師", department = "内科" }, { user = "u24", duty = "医師", department = "内科" }, { user = "u25", duty = "医師", department = "内科" }, { user = "u26", duty = "医師", department = "内科" }, { user = "u27", duty = "医師", department = "内科" }, { user = "u28", duty = "医師", department = "内科" }, { user = "u29", duty = "医師", department = "内科" }, { user = "u30", duty = "医師", department = "内科" }, { user = "u31", duty = "医師", department = "内科" }, { user = "u32", duty = "医師", department = "内科" }, { user = "u33", duty = "医師", department = "内科" }, { user = "u34", duty = "医師", department = "内科" }, { user = "u35", duty = "医師", department = "内科" }, { user = "u36", duty = "医師", department = "内科" }, { user = "u37", duty = "医師", department = "内科" }, { user = "u38", duty = "医師", department = "内科" }, { user = "u39", duty = "医師", department = "内科" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", action = "print", object = "処方箋" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
[[samples]]
matches = false
access = [
  { user = "u1", day = "2026-10-11", time = "08:30:00", action = "print", object = "病棟患者一覧" },
  { user = "u2", day = "2026-10-12", time = "08:30:00", action = "print", object = "病棟患者一覧" },
  { user = "u3", day = "2026-10-13", time = "08:30:00", action = "print", object = "病棟患者一覧" },
  { user = "u4", day = "2026-10-14", time = "08:30:00", action = "print", object = "病棟患者一覧" },
  { user = "u5", day = "2026-10-15", time = "08:30:00", action = "print", object = "病棟患者一覧" },
]
staff = [
  { user = "u1", duty = "看護師", department = "看護部", ward = "1東" },
  { user = "u2", duty = "看護師", department = "看護部", ward = "2東" },
  { user = "u3", duty = "看護師", department = "看護部", ward = "3東" },
  { user = "u4", duty = "看護師", department = "看護部", ward = "4東" },
  { user = "u5", duty = "理学療法士", department = "リハビリテーション科" },
]
[[samples]]
matches = false
access = [{ user = "u1", day = "2026-10-10", time = "16:00:00", action = "export", object = "患者一覧出力" }]
staff = [{ user = "u1", duty = "事務職員", department = "情報システム室" }]
*/
-- A paper that many print is the day's, no list taken out; claims, records and systems make lists.
-- count
WITH made AS (
  SELECT index, user_id, duty_group, day, patients, action, object FROM event
  WHERE kind IN ('person', 'unknown') AND source <> 'sekisho'
    AND (
      (action = 'export' AND (patients <> 1 OR regexp_matches(coalesce(object, ''), '一覧|リスト|名簿|台帳|CSV|(?i)list')))
      OR (action IN ('print', 'execute')
        AND regexp_matches(coalesce(object, ''), '(一覧|リスト|名簿|台帳|(?i)list).*(印刷|出力|(?i)print|export)|(印刷|出力|(?i)print|export).*(一覧|リスト|名簿|台帳|(?i)list)'))
      OR (action = 'print' AND (patients > 1 OR regexp_matches(coalesce(object, ''), '一覧|リスト|名簿|台帳|(?i)list')))
    )
),
daily AS (
  SELECT object FROM made WHERE action = 'print'
  GROUP BY object HAVING count(DISTINCT user_id) >= $printing
),
output AS (
  SELECT m.* FROM made AS m
  LEFT JOIN daily AS d ON d.object = m.object AND m.action = 'print'
  WHERE d.object IS NULL
),
person AS (
  SELECT duty_group, count(DISTINCT user_id) AS people FROM event
  WHERE source <> 'sekisho' GROUP BY duty_group
),
doing AS (
  SELECT duty_group, count(DISTINCT user_id) AS people FROM output GROUP BY duty_group
),
amount AS (
  SELECT user_id, duty_group, count(*) AS exports, count(DISTINCT day) AS days FROM output GROUP BY user_id, duty_group
),
usual AS (
  SELECT a.user_id, coalesce(quantile_cont(b.exports, 0.9), 0) AS exports
  FROM amount AS a LEFT JOIN amount AS b ON b.duty_group = a.duty_group AND b.user_id <> a.user_id
  GROUP BY a.user_id
),
place AS (
  SELECT p.place, count(DISTINCT o.day) AS days FROM output AS o
  JOIN post_day AS p ON p.user_id = o.user_id AND p.day = o.day GROUP BY p.place
),
wont AS (
  SELECT DISTINCT p.user_id FROM post_day AS p JOIN place AS c ON c.place = p.place
  WHERE c.days >= $days
),
burst AS (
  SELECT user_id, day, count(*) AS exports FROM output GROUP BY user_id, day
  HAVING count(*) >= $least
),
ordinary AS (
  SELECT b.user_id, b.day, coalesce(quantile_cont(x.exports, 0.95), 0) AS exports
  FROM burst AS b
  LEFT JOIN (SELECT user_id, day, count(*) AS exports FROM output GROUP BY user_id, day) AS x
    ON x.user_id <> b.user_id
  GROUP BY b.user_id, b.day
)
SELECT o.index, CAST(NULL AS INTEGER) AS patient_id, '' AS matter, a.exports, d.people AS peers
FROM output AS o
JOIN amount AS a ON a.user_id = o.user_id
JOIN usual AS u ON u.user_id = o.user_id
JOIN doing AS d ON d.duty_group = o.duty_group
JOIN person AS p ON p.duty_group = o.duty_group
LEFT JOIN wont AS w ON w.user_id = o.user_id
LEFT JOIN burst AS b ON b.user_id = o.user_id AND b.day = o.day
LEFT JOIN ordinary AS r ON r.user_id = o.user_id AND r.day = o.day
WHERE w.user_id IS NULL AND o.duty_group NOT IN ('billing', 'coding', 'systems') AND d.people <= greatest(1, $share * p.people)
  OR a.days <= 3 AND a.exports >= 10 AND a.exports > 5 * u.exports
  OR b.exports > 2 * r.exports;
