/*
id = "roster_department"
kind = "explanation"
order = 33
level = "L3"
needs = ["staff", "rosters", "stays"]
columns = ["rosters.user_id", "rosters.place", "rosters.day", "visits.department", "stays.department"]
windows = { slack = 2 }
[title]
ja = "勤務表で、その日その診療科・外来に勤務"
en = "A turn in the patient's department by the roster"
[purpose]
ja = "勤務先での診療・看護"
en = "care at the place of the turn"
[why]
ja = "%(place)sの勤務（%(day)s、%(file)s の%(row)s行目）"
en = "turn at %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "6西" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "6西" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "内科" }]
visits = [{ patient = "p1", day = "2026-10-15", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "6西" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "20:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "6西" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "外科", duty = "on_call", shift = "night", start = "16:30", end = "09:00" }]
stays = [{ patient = "p1", day = "2026-10-05", until = "2026-10-20", department = "外科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "6西" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "外科", duty = "on_call", shift = "night", start = "16:30", end = "09:00" }]
stays = [{ patient = "p1", day = "2026-10-05", until = "2026-10-20", department = "外科", ward = "5東" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "09:59:00" }]
staff = [{ user = "u1", duty = "医師", department = "外科" }]
visits = [{ patient = "p1", day = "2026-10-09", department = "内科", retracted_at = "2026-10-09 10:00" }]
rosters = [{ user = "u1", day = "2026-10-09", place = "内科", duty = "support" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "10:01:00" }]
staff = [{ user = "u1", duty = "医師", department = "外科" }]
visits = [{ patient = "p1", day = "2026-10-09", department = "内科", retracted_at = "2026-10-09 10:00" }]
rosters = [{ user = "u1", day = "2026-10-09", place = "内科", duty = "support" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM turn_touch AS t
SEMI JOIN (
  SELECT patient_id, department_key, day AS first, day + 1 AS last, retracted_at FROM visits_ever
  UNION ALL
  SELECT patient_id, department_key, day - 1, until + 1, retracted_at FROM stays_ever
) AS s
  ON s.patient_id = t.patient_id AND t.moment < s.retracted_at
  AND s.department_key = t.place_key
  AND t.day BETWEEN s.first AND s.last
WHERE t.valid AND (NOT t.exact OR t.moment BETWEEN
    t.since - $slack * INTERVAL 1 HOUR AND t.finish + $slack * INTERVAL 1 HOUR);
-- explain
SELECT t.index, t.patient_id, 'rosters' AS record, t.turn_file AS file, t.turn_row AS row, t.told AS day, t.place AS place
FROM turn_touch AS t
JOIN (
  SELECT patient_id, department_key, day AS first, day + 1 AS last, retracted_at FROM visits_ever
  UNION ALL
  SELECT patient_id, department_key, day - 1, until + 1, retracted_at FROM stays_ever
) AS s
  ON s.patient_id = t.patient_id AND t.moment < s.retracted_at
  AND s.department_key = t.place_key
  AND t.day BETWEEN s.first AND s.last
WHERE t.index IN (SELECT index FROM shown)
  AND t.valid AND (NOT t.exact OR t.moment BETWEEN
    t.since - $slack * INTERVAL 1 HOUR AND t.finish + $slack * INTERVAL 1 HOUR)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY t.told DESC, t.turn_file, t.turn_row
) = 1;
