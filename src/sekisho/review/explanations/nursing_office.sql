/*
id = "nursing_office"
kind = "explanation"
order = 49
level = "L1"
needs = ["staff", "stays"]
columns = ["staff.duty", "staff.department", "stays.day"]
starts = false
windows = { before = 1, after = 1 }
[title]
ja = "看護部の管理者（病棟に属さない師長・部長）と入院中の患者"
en = "Nursing administration (heads who belong to no ward) and patients in bed"
[purpose]
ja = "看護の管理"
en = "running the nursing of the house"
[why]
ja = "看護部の管理：%(place)sへの入院（%(day)sから、%(file)s の%(row)s行目）"
en = "nursing administration: admission to %(place)s from %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "看護師長", department = "看護部" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-22" }]
staff = [{ user = "u1", duty = "看護師長", department = "看護部" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "看護師長", department = "看護部", ward = "4西" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-20", department = "内科", ward = "5東" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM touch AS t
SEMI JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.until + $after
SEMI JOIN staff AS s
  ON s.user_id = t.user_id AND s.ward IS NULL
  AND regexp_matches(coalesce(s.department, ''), '看護部|(?i)nursing')
  AND regexp_matches(coalesce(s.duty, ''), '師長|看護部長|看護管理|(?i)head nurse|nurse manager|matron')
ANTI JOIN placed AS w ON w.user_id = t.user_id
WHERE t.valid;
-- explain
SELECT t.index, t.patient_id, 'stays' AS record, c.file, c.row, c.day, c.ward AS place
FROM touch AS t
JOIN stays_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.until + $after
SEMI JOIN staff AS s
  ON s.user_id = t.user_id AND s.ward IS NULL
  AND regexp_matches(coalesce(s.department, ''), '看護部|(?i)nursing')
  AND regexp_matches(coalesce(s.duty, ''), '師長|看護部長|看護管理|(?i)head nurse|nurse manager|matron')
ANTI JOIN placed AS w ON w.user_id = t.user_id
WHERE t.index IN (SELECT index FROM shown)
  AND t.valid
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
