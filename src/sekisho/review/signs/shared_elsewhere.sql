/*
id = "shared_elsewhere"
kind = "sign"
order = 39
level = "L1"
score = 0.5
cut = true
whole = true
rare = 0.05
needs = ["staff", "visits", "stays"]
columns = ["staff.kind", "staff.ward", "visits.day", "stays.day"]
windows = { before = 14, after = 30 }
[title]
ja = "共用・実習などの利用者IDで、どこにも診療のない患者"
en = "A shared, duty or trainee id, and a patient without care anywhere"
[why]
ja = "共用・実習などの利用者IDで、どの診療科・病棟にも診療の見つからない患者の記録が開かれています（%(records)s件）"
en = "with a shared, duty or trainee id the record of a patient without care anywhere was opened (%(records)s records)"
[[samples]]
matches = true
access = [{ user = "w1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
staff = [{ user = "w1", name = "病棟共用", duty = "看護師", ward = "5東", note = "共用ID" }]
visits = [
  { patient = "p9", day = "2026-10-01", department = "外科" },
  { patient = "p9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = false
access = [{ user = "w1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
staff = [{ user = "w1", name = "病棟共用", duty = "看護師", ward = "5東", note = "共用ID" }]
visits = [
  { patient = "p1", day = "2026-10-05", department = "内科" },
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
*/
-- count
SELECT DISTINCT t.index, t.patient_id, '' AS matter
FROM open_touch AS t
ANTI JOIN care AS c ON c.patient_id = t.patient_id AND t.day BETWEEN c.day - $before AND c.until + $after
WHERE t.kind = 'shared' AND t.day IN (SELECT day FROM covered_day);
