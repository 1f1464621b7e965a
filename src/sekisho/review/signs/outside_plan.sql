/*
id = "outside_plan"
kind = "sign"
order = 19
level = "L3"
score = 0.65
cut = false
needs = ["maintenance"]
columns = ["maintenance.user_id", "maintenance.day", "access.user_id"]
windows = { minutes = 30 }
[title]
ja = "計画にない保守の作業"
en = "Vendor's work outside every maintenance plan"
[why]
ja = "業者の利用者IDの、どの保守計画の時間にも入らない記録が%(records)s件あります"
en = "%(records)s records of a vendor's id lie in no planned maintenance"
[[samples]]
matches = true
access = [{ user = "v1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
staff = [{ user = "v1", name = "保守会社", duty = "業者", note = "保守業者" }]
maintenance = [{ plan = "M1", user = "v1", system = "emr", day = "2026-10-10", start = "20:00", until = "2026-10-10", end = "22:00" }]
[[samples]]
matches = false
access = [{ user = "v1", patient = "p1", day = "2026-10-10", time = "21:00:00" }]
staff = [{ user = "v1", name = "保守会社", duty = "業者", note = "保守業者" }]
maintenance = [{ plan = "M1", user = "v1", system = "emr", day = "2026-10-10", start = "20:00", until = "2026-10-10", end = "22:00" }]
[[samples]]
matches = false
access = [{ user = "v1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
staff = [{ user = "v1", name = "保守会社", duty = "業者", note = "保守業者" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
maintenance = [{ plan = "M1", user = "v1", system = "emr", day = "2026-10-10", start = "20:00", until = "2026-10-10", end = "22:00" }]
*/
-- count
SELECT e.index, CAST(NULL AS INTEGER) AS patient_id, '' AS matter
FROM event AS e
ANTI JOIN planned AS p
  ON p.user_id = e.user_id
  AND (e.moment BETWEEN p.since - $minutes * INTERVAL 1 MINUTE AND p.finish + $minutes * INTERVAL 1 MINUTE
    OR NOT e.exact AND e.day BETWEEN p.day AND p.until)
WHERE (e.kind = 'vendor' OR e.user_id IN (SELECT user_id FROM planned))
  AND e.source <> 'sekisho' AND (SELECT count(*) FROM planned) > 0;
