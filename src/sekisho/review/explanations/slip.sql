/*
id = "slip"
kind = "explanation"
order = 85
level = "L1"
needs = ["staff", "visits", "stays"]
columns = ["access.patient_ids", "access.occurred_at", "patients.kana", "patients.name"]
starts = false
windows = { minutes = 3 }
[title]
ja = "取り違えてすぐに開き直したもの（同じ名前、または一字違いの番号の患者）"
en = "Opened by mistake and put right at once (the same name, or a number that differs by one digit)"
[purpose]
ja = "患者の取り違え（すぐに開き直したもの）"
en = "opened by mistake and put right at once"
[why]
ja = "取り違え：3分のうちに、名前が同じか番号が一字違いの患者の、説明のつく記録が開かれています（%(day)s、記録 %(row)s）"
en = "by mistake: within three minutes a patient of the same name, or of a number that differs by one digit, was opened with a reason (%(day)s, record %(row)s)"
[[samples]]
matches = true
after = ["visit_department"]
access = [
  { user = "u1", patient = "1235", day = "2026-10-10", time = "10:00:00" },
  { user = "u1", patient = "1234", day = "2026-10-10", time = "10:00:40" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "1234", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
after = ["visit_department"]
access = [
  { user = "u1", patient = "1235", day = "2026-10-10", time = "10:00:00" },
  { user = "u1", patient = "1234", day = "2026-10-10", time = "10:04:00" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "1234", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
after = ["visit_department"]
access = [
  { user = "u1", patient = "1235", day = "2026-10-10", time = "10:00:00" },
  { user = "u1", patient = "1234", day = "2026-10-10", time = "10:00:40" },
  { user = "u1", patient = "1235", day = "2026-10-10", time = "10:05:00" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "1234", day = "2026-10-10", department = "内科" }]
*/
-- One record of the wrong patient that day: who reads on has seen whose it is. Who comes from
-- a patient with a number nearby goes from number to number.
-- count
SELECT DISTINCT t.index, t.patient_id
FROM touch AS t
JOIN (
  SELECT index, patient_id, user_id, day, moment,
    lag(patient_id) OVER w AS prior, lead(patient_id) OVER w AS later,
    lead(index) OVER w AS later_index, lead(moment) OVER w AS later_at, lead(file) OVER w AS later_file
  FROM touch_part AS a
  SEMI JOIN (
    SELECT n.user_id, floor(epoch(n.moment) / (60 * $minutes)) + o.step AS span
    FROM touch AS n CROSS JOIN (SELECT unnest([-1, 0, 1]) AS step) AS o
  ) AS s ON s.user_id = a.user_id AND s.span = floor(epoch(a.moment) / (60 * $minutes))
  WHERE exact
  WINDOW w AS (PARTITION BY user_id, day ORDER BY moment, index, patient_id)
) AS c
  ON c.index = t.index AND c.patient_id = t.patient_id AND c.later <> t.patient_id
  AND c.later_at <= t.moment + $minutes * INTERVAL 1 MINUTE
SEMI JOIN explained AS x ON x.index = c.later_index AND x.patient_id = c.later
SEMI JOIN (
  SELECT b.user_id, b.patient_id, b.day FROM touch AS b
  ANTI JOIN explained AS y
    ON y.index = b.index AND y.patient_id = b.patient_id AND y.explanation <> 'slip'
  GROUP BY b.user_id, b.patient_id, b.day HAVING count(*) = 1
) AS o ON o.user_id = t.user_id AND o.patient_id = t.patient_id AND o.day = t.day
JOIN patient AS p ON p.patient_id = t.patient_id
JOIN patient AS q ON q.patient_id = c.later
LEFT JOIN patient AS r ON r.patient_id = c.prior
LEFT JOIN patients AS n ON n.patient_id = t.patient_id
LEFT JOIN patients AS m ON m.patient_id = c.later
WHERE t.valid AND (
    n.name_key = m.name_key
    OR strlen(p.id) = strlen(q.id) AND levenshtein(p.id, q.id) = 1
    OR abs(TRY_CAST(p.id AS BIGINT) - TRY_CAST(q.id AS BIGINT)) = 1
  )
  AND (c.prior IS NULL OR c.prior = c.later
    OR coalesce(abs(TRY_CAST(p.id AS BIGINT) - TRY_CAST(r.id AS BIGINT)), 9) > 3);
-- explain
SELECT DISTINCT t.index, t.patient_id, 'access' AS record, c.later_file AS file, c.later_index AS row, t.day AS day,
  NULL AS place
FROM touch AS t
JOIN (
  SELECT index, patient_id, user_id, day, moment,
    lag(patient_id) OVER w AS prior, lead(patient_id) OVER w AS later,
    lead(index) OVER w AS later_index, lead(moment) OVER w AS later_at, lead(file) OVER w AS later_file
  FROM touch_part AS a
  SEMI JOIN (
    SELECT n.user_id, floor(epoch(n.moment) / (60 * $minutes)) + o.step AS span
    FROM touch AS n CROSS JOIN (SELECT unnest([-1, 0, 1]) AS step) AS o
  ) AS s ON s.user_id = a.user_id AND s.span = floor(epoch(a.moment) / (60 * $minutes))
  WHERE exact
  WINDOW w AS (PARTITION BY user_id, day ORDER BY moment, index, patient_id)
) AS c
  ON c.index = t.index AND c.patient_id = t.patient_id AND c.later <> t.patient_id
  AND c.later_at <= t.moment + $minutes * INTERVAL 1 MINUTE
SEMI JOIN explained AS x ON x.index = c.later_index AND x.patient_id = c.later
SEMI JOIN (
  SELECT b.user_id, b.patient_id, b.day FROM touch AS b
  ANTI JOIN explained AS y
    ON y.index = b.index AND y.patient_id = b.patient_id AND y.explanation <> 'slip'
  GROUP BY b.user_id, b.patient_id, b.day HAVING count(*) = 1
) AS o ON o.user_id = t.user_id AND o.patient_id = t.patient_id AND o.day = t.day
JOIN patient AS p ON p.patient_id = t.patient_id
JOIN patient AS q ON q.patient_id = c.later
LEFT JOIN patient AS r ON r.patient_id = c.prior
LEFT JOIN patients AS n ON n.patient_id = t.patient_id
LEFT JOIN patients AS m ON m.patient_id = c.later
WHERE t.index IN (SELECT index FROM shown)
  AND t.valid AND (
    n.name_key = m.name_key
    OR strlen(p.id) = strlen(q.id) AND levenshtein(p.id, q.id) = 1
    OR abs(TRY_CAST(p.id AS BIGINT) - TRY_CAST(q.id AS BIGINT)) = 1
  )
  AND (c.prior IS NULL OR c.prior = c.later
    OR coalesce(abs(TRY_CAST(p.id AS BIGINT) - TRY_CAST(r.id AS BIGINT)), 9) > 3);
