/*
id = "mined_weekday"
kind = "explanation"
order = 66
level = "L1"
needs = ["staff", "visits", "stays"]
columns = ["staff.department", "staff.ward", "visits.department", "stays.department", "stays.ward"]
starts = false
windows = { before = 7, after = 35, mine = "検査部", theirs = "内科", weekday = "0" }
[title]
ja = "毎週%(weekday)s曜日、%(mine)sの人が、%(theirs)sの診療の患者を（データからの提案）"
en = "%(weekday)s of each week: people of %(mine)s and patients treated by %(theirs)s (proposed from the data)"
[purpose]
ja = "診療科・部門どうしの連携"
en = "departments that treat the same patients"
[why]
ja = "曜日の決まった連携：%(place)sの診療（%(day)s、%(file)s の%(row)s行目）"
en = "a fixed day of the week: %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-11-09" }]
staff = [{ user = "u1", duty = "臨床検査技師", department = "検査部" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-11-10" }]
staff = [{ user = "u1", duty = "臨床検査技師", department = "検査部" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-11-16" }]
staff = [{ user = "u1", duty = "臨床検査技師", department = "検査部" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
*/
-- 2024-01-01 was a Monday: 0.
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN place_care AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.key = $theirs
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.place = $mine
  AND CAST(date_diff('day', DATE '2024-01-01', t.day) % 7 AS VARCHAR) = $weekday;
-- explain
SELECT t.index, t.patient_id, c.record, c.file, c.row, c.day, c.place
FROM post AS t
JOIN place_care AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.key = $theirs
  AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.index IN (SELECT index FROM shown)
  AND t.place = $mine
  AND CAST(date_diff('day', DATE '2024-01-01', t.day) % 7 AS VARCHAR) = $weekday
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
