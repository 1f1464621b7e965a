/*
id = "mined_answers"
kind = "explanation"
order = 64
level = "L1"
needs = ["staff", "visits", "stays"]
columns = ["staff.duty", "staff.department", "staff.ward", "visits.department", "stays.department", "stays.ward"]
starts = false
windows = { before = 3, after = 14, duty = "laboratory", mine = "検査部", theirs = "内科" }
[title]
ja = "%(mine)sの%(duty)sが、%(theirs)sの診療の患者を（事案への答えからの提案）"
en = "%(duty)s of %(mine)s and patients treated by %(theirs)s (proposed from answers to cases)"
[purpose]
ja = "診療科・部門どうしの連携"
en = "departments that treat the same patients"
[why]
ja = "くり返し説明のついた組：%(place)sの診療（%(day)s、%(file)s の%(row)s行目）"
en = "found to be explained again and again: %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-12" }]
staff = [{ user = "u1", duty = "臨床検査技師", department = "検査部" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-25" }]
staff = [{ user = "u1", duty = "臨床検査技師", department = "検査部" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-12" }]
staff = [{ user = "u1", duty = "医師", department = "検査部" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN place_care AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.key = $theirs
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.place = $mine AND t.duty_group = $duty;
-- explain
SELECT t.index, t.patient_id, c.record, c.file, c.row, c.day, c.place
FROM post AS t
JOIN place_care AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.key = $theirs
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.index IN (SELECT index FROM shown)
  AND t.place = $mine AND t.duty_group = $duty
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
