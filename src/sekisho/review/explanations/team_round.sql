/*
id = "team_round"
kind = "explanation"
order = 28
level = "L3"
personal = true
needs = ["staff", "teams", "rounds"]
columns = ["teams.user_id", "teams.team", "rounds.team", "rounds.day"]
windows = { before = 1, after = 7 }
[title]
ja = "医療チーム（ICT・NST・褥瘡など）の回診"
en = "A round of a team (ICT, NST, pressure ulcers …)"
[purpose]
ja = "医療チームの回診"
en = "a team's round"
[why]
ja = "%(place)sの回診（%(day)s、%(file)s の%(row)s行目）"
en = "round of %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-17" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
teams = [{ team = "ICT", user = "u1" }]
rounds = [{ team = "ICT", patient = "p1", day = "2026-10-10" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-18" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
teams = [{ team = "ICT", user = "u1" }]
rounds = [{ team = "ICT", patient = "p1", day = "2026-10-10" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
teams = [{ team = "NST", user = "u1" }]
rounds = [{ team = "ICT", patient = "p1", day = "2026-10-10" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
teams = [{ team = "ICT", user = "u1", valid_to = "2026-10-09" }]
rounds = [{ team = "ICT", patient = "p1", day = "2026-10-10" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM touch AS t
SEMI JOIN (
  SELECT m.user_id, m.valid_from, m.valid_to, r.*
  FROM teams AS m JOIN rounds AS r ON r.team = m.team
) AS c
  ON c.patient_id = t.patient_id
  AND c.user_id = t.user_id
  AND t.day BETWEEN c.day - $before AND c.until + $after
  AND (c.valid_from IS NULL OR t.day >= c.valid_from)
  AND (c.valid_to IS NULL OR t.day <= c.valid_to)
WHERE t.valid;
-- explain
SELECT t.index, t.patient_id, 'rounds' AS record, c.file, c.row, c.day, c.team AS place
FROM touch AS t
JOIN (
  SELECT m.user_id, m.valid_from, m.valid_to, r.*
  FROM teams AS m JOIN rounds AS r ON r.team = m.team
) AS c
  ON c.patient_id = t.patient_id
  AND c.user_id = t.user_id
  AND t.day BETWEEN c.day - $before AND c.until + $after
  AND (c.valid_from IS NULL OR t.day >= c.valid_from)
  AND (c.valid_to IS NULL OR t.day <= c.valid_to)
WHERE t.index IN (SELECT index FROM shown)
  AND t.valid
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
