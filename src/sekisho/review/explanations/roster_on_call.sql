/*
id = "roster_on_call"
kind = "explanation"
order = 50
level = "L3"
needs = ["staff", "rosters", "stays"]
columns = ["rosters.duty", "rosters.day", "rosters.start", "rosters.end", "visits.day", "stays.day"]
starts = false
windows = { slack = 1 }
[title]
ja = "当直・待機の時間の、入院中の患者と夜間の来院"
en = "Inpatients and arrivals during the person's on-call hours"
[purpose]
ja = "当直・待機の診療"
en = "care while on call"
[why]
ja = "%(place)sの勤務（%(day)s、%(file)s の%(row)s行目）"
en = "turn at %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-11", time = "03:00:00" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "当直", duty = "on_call", shift = "night", start = "16:30", end = "09:00" }]
stays = [{ patient = "p1", day = "2026-10-05", until = "2026-10-20", department = "外科", ward = "5東" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "22:00:00" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "当直", duty = "on_call", shift = "night", start = "16:30", end = "09:00" }]
visits = [{ patient = "p1", day = "2026-10-11", department = "外科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "22:00:00" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "当直", duty = "on_call", shift = "night", start = "16:30", end = "09:00" }]
visits = [{ patient = "p1", day = "2026-10-20", department = "外科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-11", time = "12:00:00" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "当直", duty = "on_call", shift = "night", start = "16:30", end = "09:00" }]
stays = [{ patient = "p1", day = "2026-10-05", until = "2026-10-20", department = "外科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-11", time = "03:00:00" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "5東", shift = "night", start = "16:30", end = "09:00" }]
stays = [{ patient = "p1", day = "2026-10-05", until = "2026-10-20", department = "内科2", ward = "6西" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-11", time = "03:00:00" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "当直", duty = "on_call", shift = "night", start = "16:30", end = "09:00" }]
stays = [{ patient = "p1", day = "2026-10-05", until = "2026-10-08", department = "外科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-11", time = "03:00:00" }]
staff = [{ user = "u1", duty = "事務員", department = "総務課" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "当直", duty = "on_call", shift = "night", start = "16:30", end = "09:00" }]
stays = [{ patient = "p1", day = "2026-10-05", until = "2026-10-20", department = "外科", ward = "5東" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM turn_touch AS t
SEMI JOIN (
  SELECT patient_id, day - 1 AS first, day + 1 AS last, retracted_at FROM visits_ever
  UNION ALL
  SELECT patient_id, day - 1, until + 1, retracted_at FROM stays_ever
) AS s
  ON s.patient_id = t.patient_id AND t.moment < s.retracted_at
  AND t.day BETWEEN s.first AND s.last
WHERE t.valid AND t.duty = 'on_call' AND t.duty_group IN ('doctor', 'nurse', 'emergency', 'surgery', 'radiology') AND (NOT t.exact OR t.moment BETWEEN
    t.since - $slack * INTERVAL 1 HOUR AND t.finish + $slack * INTERVAL 1 HOUR);
-- explain
SELECT t.index, t.patient_id, 'rosters' AS record, t.turn_file AS file, t.turn_row AS row, t.told AS day, t.place AS place
FROM turn_touch AS t
JOIN (
  SELECT patient_id, day - 1 AS first, day + 1 AS last, retracted_at FROM visits_ever
  UNION ALL
  SELECT patient_id, day - 1, until + 1, retracted_at FROM stays_ever
) AS s
  ON s.patient_id = t.patient_id AND t.moment < s.retracted_at
  AND t.day BETWEEN s.first AND s.last
WHERE t.index IN (SELECT index FROM shown)
  AND t.valid AND t.duty = 'on_call' AND t.duty_group IN ('doctor', 'nurse', 'emergency', 'surgery', 'radiology') AND (NOT t.exact OR t.moment BETWEEN
    t.since - $slack * INTERVAL 1 HOUR AND t.finish + $slack * INTERVAL 1 HOUR)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY t.told DESC, t.turn_file, t.turn_row
) = 1;
