/*
id = "research_patient"
kind = "explanation"
order = 70
level = "L3"
personal = true
needs = ["staff", "research"]
columns = ["research.user_id", "research.patient_id", "research.valid_from"]
starts = false
[title]
ja = "承認された研究の対象の患者"
en = "A patient of an approved study"
[purpose]
ja = "承認された研究"
en = "an approved study"
[why]
ja = "研究 %(place)s（%(file)s の%(row)s行目）"
en = "study %(place)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
research = [{ study = "S1", user = "u1", patient = "p1", valid_from = "2026-10-01", valid_to = "2026-12-31" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2027-01-01" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
research = [{ study = "S1", user = "u1", patient = "p1", valid_from = "2026-10-01", valid_to = "2026-12-31" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
research = [{ study = "S1", user = "u1", patient = "p2", valid_from = "2026-10-01", valid_to = "2026-12-31" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
research = [{ study = "S1", user = "u2", patient = "p1", valid_from = "2026-10-01", valid_to = "2026-12-31" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM touch AS t
SEMI JOIN research AS c
  ON c.patient_id = t.patient_id
  AND c.user_id = t.user_id
  AND (c.valid_from IS NULL OR t.day >= c.valid_from)
  AND (c.valid_to IS NULL OR t.day <= c.valid_to)
WHERE t.valid;
-- explain
SELECT t.index, t.patient_id, 'research' AS record, c.file, c.row, t.day AS day, c.study AS place
FROM touch AS t
JOIN research AS c
  ON c.patient_id = t.patient_id
  AND c.user_id = t.user_id
  AND (c.valid_from IS NULL OR t.day >= c.valid_from)
  AND (c.valid_to IS NULL OR t.day <= c.valid_to)
WHERE t.index IN (SELECT index FROM shown)
  AND t.valid
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY c.study, c.file, c.row
) = 1;
