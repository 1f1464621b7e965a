/*
id = "maintenance_plan"
kind = "explanation"
order = 72
level = "L3"
needs = ["maintenance"]
columns = ["maintenance.user_id", "maintenance.day", "maintenance.start", "maintenance.end"]
starts = false
windows = { minutes = 15 }
[title]
ja = "計画された保守の時間の中"
en = "Inside a planned maintenance"
[purpose]
ja = "システムの保守"
en = "maintenance of the system"
[why]
ja = "保守計画 %(number)s（%(day)s、%(file)s の%(row)s行目）"
en = "maintenance plan %(number)s of %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "v1", patient = "p1", day = "2026-10-11", time = "02:10:00" }]
staff = [{ user = "v1", name = "保守会社", duty = "業者", note = "保守" }]
maintenance = [{ plan = "M1", user = "v1", system = "emr", day = "2026-10-10", start = "20:00", until = "2026-10-11", end = "02:00" }]
[[samples]]
matches = false
access = [{ user = "v1", patient = "p1", day = "2026-10-11", time = "02:20:00" }]
staff = [{ user = "v1", name = "保守会社", duty = "業者", note = "保守" }]
maintenance = [{ plan = "M1", user = "v1", system = "emr", day = "2026-10-10", start = "20:00", until = "2026-10-11", end = "02:00" }]
[[samples]]
matches = false
access = [{ user = "v1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
staff = [{ user = "v1", name = "保守会社", duty = "業者", note = "保守" }]
maintenance = [{ plan = "M1", user = "v1", system = "emr", day = "2026-10-10", start = "20:00", until = "2026-10-11", end = "02:00" }]
[[samples]]
matches = false
access = [{ user = "v2", patient = "p1", day = "2026-10-10", time = "21:00:00" }]
staff = [{ user = "v1", name = "保守会社", duty = "業者", note = "保守" }]
maintenance = [{ plan = "M1", user = "v1", system = "emr", day = "2026-10-10", start = "20:00", until = "2026-10-11", end = "02:00" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM touch AS t
SEMI JOIN planned AS c
  ON c.user_id = t.user_id
  AND (t.moment BETWEEN c.since - $minutes * INTERVAL 1 MINUTE AND c.finish + $minutes * INTERVAL 1 MINUTE
    OR NOT t.exact AND t.day BETWEEN c.day AND c.until);
-- explain
SELECT t.index, t.patient_id, 'maintenance' AS record, c.file, c.row, c.day, c.system AS place, c.plan AS number
FROM touch AS t
JOIN planned AS c
  ON c.user_id = t.user_id
  AND (t.moment BETWEEN c.since - $minutes * INTERVAL 1 MINUTE AND c.finish + $minutes * INTERVAL 1 MINUTE
    OR NOT t.exact AND t.day BETWEEN c.day AND c.until)
WHERE t.index IN (SELECT index FROM shown)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY c.since, c.file, c.row
) = 1;
