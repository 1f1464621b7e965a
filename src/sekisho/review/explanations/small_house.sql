/*
id = "small_house"
kind = "explanation"
order = 48
level = "L1"
needs = ["staff", "visits", "stays"]
columns = ["staff.duty", "visits.day", "stays.day"]
starts = false
windows = { people = 60, before = 3, after = 14 }
[title]
ja = "小さな施設（職員60人まで）で、部署の決まっていない人の受診・入院"
en = "Care in a small house (up to sixty people), for people without a place of their own"
[purpose]
ja = "診療所・小さな病院の診療"
en = "care in a small house"
[why]
ja = "受診・入院：%(place)s（%(day)s、%(file)s の%(row)s行目）"
en = "visit or stay: %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-24" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-25" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-06" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "看護師", department = "外科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }, { patient = "p2", day = "2026-10-10", department = "外科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部" }, { user = "x0", duty = "看護師" }, { user = "x1", duty = "看護師" }, { user = "x2", duty = "看護師" }, { user = "x3", duty = "看護師" }, { user = "x4", duty = "看護師" }, { user = "x5", duty = "看護師" }, { user = "x6", duty = "看護師" }, { user = "x7", duty = "看護師" }, { user = "x8", duty = "看護師" }, { user = "x9", duty = "看護師" }, { user = "x10", duty = "看護師" }, { user = "x11", duty = "看護師" }, { user = "x12", duty = "看護師" }, { user = "x13", duty = "看護師" }, { user = "x14", duty = "看護師" }, { user = "x15", duty = "看護師" }, { user = "x16", duty = "看護師" }, { user = "x17", duty = "看護師" }, { user = "x18", duty = "看護師" }, { user = "x19", duty = "看護師" }, { user = "x20", duty = "看護師" }, { user = "x21", duty = "看護師" }, { user = "x22", duty = "看護師" }, { user = "x23", duty = "看護師" }, { user = "x24", duty = "看護師" }, { user = "x25", duty = "看護師" }, { user = "x26", duty = "看護師" }, { user = "x27", duty = "看護師" }, { user = "x28", duty = "看護師" }, { user = "x29", duty = "看護師" }, { user = "x30", duty = "看護師" }, { user = "x31", duty = "看護師" }, { user = "x32", duty = "看護師" }, { user = "x33", duty = "看護師" }, { user = "x34", duty = "看護師" }, { user = "x35", duty = "看護師" }, { user = "x36", duty = "看護師" }, { user = "x37", duty = "看護師" }, { user = "x38", duty = "看護師" }, { user = "x39", duty = "看護師" }, { user = "x40", duty = "看護師" }, { user = "x41", duty = "看護師" }, { user = "x42", duty = "看護師" }, { user = "x43", duty = "看護師" }, { user = "x44", duty = "看護師" }, { user = "x45", duty = "看護師" }, { user = "x46", duty = "看護師" }, { user = "x47", duty = "看護師" }, { user = "x48", duty = "看護師" }, { user = "x49", duty = "看護師" }, { user = "x50", duty = "看護師" }, { user = "x51", duty = "看護師" }, { user = "x52", duty = "看護師" }, { user = "x53", duty = "看護師" }, { user = "x54", duty = "看護師" }, { user = "x55", duty = "看護師" }, { user = "x56", duty = "看護師" }, { user = "x57", duty = "看護師" }, { user = "x58", duty = "看護師" }, { user = "x59", duty = "看護師" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "事務員", department = "総務課" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM touch AS t
SEMI JOIN (
  SELECT 'visits' AS record, patient_id, day, day AS until, department AS place, file, row, retracted_at FROM visits_ever
  UNION ALL
  SELECT 'stays', patient_id, day, until, department, file, row, retracted_at FROM stays_ever
) AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.until + $after
ANTI JOIN placed AS w ON w.user_id = t.user_id
WHERE t.valid AND (SELECT count(*) FROM ids WHERE listed AND kind = 'person') <= $people
  AND t.duty_group NOT IN ('clerk', 'systems', 'other', 'none');
-- explain
SELECT t.index, t.patient_id, c.record, c.file, c.row, c.day, c.place AS place
FROM touch AS t
JOIN (
  SELECT 'visits' AS record, patient_id, day, day AS until, department AS place, file, row, retracted_at FROM visits_ever
  UNION ALL
  SELECT 'stays', patient_id, day, until, department, file, row, retracted_at FROM stays_ever
) AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.until + $after
ANTI JOIN placed AS w ON w.user_id = t.user_id
WHERE t.index IN (SELECT index FROM shown)
  AND t.valid AND (SELECT count(*) FROM ids WHERE listed AND kind = 'person') <= $people
  AND t.duty_group NOT IN ('clerk', 'systems', 'other', 'none')
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
