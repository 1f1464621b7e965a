/*
id = "break_glass"
kind = "sign"
order = 20
level = "L0"
score = 0.6
cut = true
whole = true
needs = ["staff", "visits", "stays"]
columns = ["access.action", "access.marks", "visits.day", "stays.day"]
windows = { before = 1, after = 3 }
[title]
ja = "緊急の閲覧のあとに診療がない"
en = "Emergency access that no care follows"
[why]
ja = "緊急として開かれ、その前後に受診も入院も見つかりません（%(records)s件）"
en = "opened as an emergency, and no visit or stay was found around it (%(records)s records)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00", action = "emergency" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
visits = [
  { patient = "p9", day = "2026-10-01", department = "外科" },
  { patient = "p9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00", action = "emergency" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
visits = [
  { patient = "p1", day = "2026-10-11", department = "内科" },
  { patient = "p9", day = "2026-10-01", department = "外科" },
  { patient = "p9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
visits = [
  { patient = "p9", day = "2026-10-01", department = "外科" },
  { patient = "p9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00", marks = ["emergency"] }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
visits = [
  { patient = "p9", day = "2026-10-01", department = "外科" },
  { patient = "p9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00", marks = ["emergency"] }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
visits = [
  { patient = "p1", day = "2026-10-11", department = "内科" },
  { patient = "p9", day = "2026-10-01", department = "外科" },
  { patient = "p9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00", marks = ["late"] }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
visits = [
  { patient = "p9", day = "2026-10-01", department = "外科" },
  { patient = "p9", day = "2026-10-14", department = "外科" },
]
*/
-- An import keeps what was done, and that it was an emergency as a mark of the record.
-- count
SELECT DISTINCT t.index, t.patient_id, t.patient_id AS matter
FROM open_touch AS t
ANTI JOIN care AS c ON c.patient_id = t.patient_id AND t.day BETWEEN c.day - $after AND c.until + $before
WHERE t.emergency AND t.day IN (SELECT day FROM covered_day);
