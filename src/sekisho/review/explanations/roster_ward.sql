/*
id = "roster_ward"
kind = "explanation"
order = 32
level = "L3"
needs = ["staff", "rosters", "stays"]
columns = ["rosters.user_id", "rosters.place", "rosters.day", "stays.ward"]
windows = { slack = 2 }
[title]
ja = "勤務表で、その日その病棟に勤務（応援・夜勤を含む）"
en = "A turn in the patient's ward by the roster (support and nights included)"
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
rosters = [{ user = "u1", day = "2026-10-10", place = "5東", duty = "support" }]
stays = [{ patient = "p1", day = "2026-10-05", until = "2026-10-20", department = "外科", ward = "5東" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-11", time = "02:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "6西" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "5東", shift = "night", start = "16:30", end = "09:00" }]
stays = [{ patient = "p1", day = "2026-10-05", until = "2026-10-20", department = "外科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-11", time = "13:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "6西" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "5東", shift = "night", start = "16:30", end = "09:00" }]
stays = [{ patient = "p1", day = "2026-10-05", until = "2026-10-20", department = "外科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "6西" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "5東", duty = "off" }]
stays = [{ patient = "p1", day = "2026-10-05", until = "2026-10-20", department = "外科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "6西" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "7南" }]
stays = [{ patient = "p1", day = "2026-10-05", until = "2026-10-20", department = "外科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "6西" }]
rosters = [{ user = "u1", day = "2026-10-10", place = "5東" }]
stays = [{ patient = "p1", day = "2026-10-05", until = "2026-10-08", department = "外科", ward = "5東" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "09:59:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "3西" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-12", department = "内科", ward = "5東", retracted_at = "2026-10-09 10:00" }]
rosters = [{ user = "u1", day = "2026-10-09", place = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "10:01:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "3西" }]
stays = [{ patient = "p1", day = "2026-10-08", until = "2026-10-12", department = "内科", ward = "5東", retracted_at = "2026-10-09 10:00" }]
rosters = [{ user = "u1", day = "2026-10-09", place = "5東" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM turn_touch AS t
SEMI JOIN stays_ever AS s
  ON s.patient_id = t.patient_id AND t.moment < s.retracted_at
  AND s.ward_key = t.place_key
  AND t.day BETWEEN s.day - 1 AND s.until + 1
WHERE t.valid AND (NOT t.exact OR t.moment BETWEEN
    t.since - $slack * INTERVAL 1 HOUR AND t.finish + $slack * INTERVAL 1 HOUR);
-- explain
SELECT t.index, t.patient_id, 'rosters' AS record, t.turn_file AS file, t.turn_row AS row, t.told AS day, t.place AS place
FROM turn_touch AS t
JOIN stays_ever AS s
  ON s.patient_id = t.patient_id AND t.moment < s.retracted_at
  AND s.ward_key = t.place_key
  AND t.day BETWEEN s.day - 1 AND s.until + 1
WHERE t.index IN (SELECT index FROM shown)
  AND t.valid AND (NOT t.exact OR t.moment BETWEEN
    t.since - $slack * INTERVAL 1 HOUR AND t.finish + $slack * INTERVAL 1 HOUR)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY t.told DESC, t.turn_file, t.turn_row
) = 1;
