/*
id = "research_department"
kind = "explanation"
order = 71
level = "L3"
needs = ["staff", "research", "visits", "stays"]
columns = ["research.user_id", "research.valid_from", "staff.department", "visits.department", "stays.department"]
starts = false
[title]
ja = "患者の名指しのない承認された研究：所属する診療科にかかった患者"
en = "An approved study that names no patient: patients whom the person's department treated before"
[purpose]
ja = "承認された研究"
en = "an approved study"
[why]
ja = "研究 %(place)s（%(file)s の%(row)s行目）：以前に所属する診療科にかかった患者"
en = "study %(place)s (%(file)s, line %(row)s): treated before in the person's department"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
research = [{ study = "S1", user = "u1", valid_from = "2026-10-01", valid_to = "2026-12-31" }]
visits = [{ patient = "p1", day = "2026-08-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
research = [{ study = "S1", user = "u1", valid_from = "2026-10-01", valid_to = "2026-12-31" }]
visits = [{ patient = "p1", day = "2026-08-10", department = "外科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
research = [{ study = "S1", user = "u1", valid_from = "2026-10-01" }]
visits = [{ patient = "p1", day = "2026-08-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2027-01-10" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
research = [{ study = "S1", user = "u1", valid_from = "2026-10-01", valid_to = "2026-12-31" }]
visits = [{ patient = "p1", day = "2026-08-10", department = "内科" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM (
  SELECT p.*, c.study, c.file, c.row FROM post AS p
  JOIN research AS c
    ON c.user_id = p.user_id AND c.patient_id IS NULL
    AND p.day BETWEEN c.valid_from AND c.valid_to
) AS t
SEMI JOIN (
  SELECT patient_id, department_key, retracted_at, min(day) AS first FROM (
    SELECT patient_id, department_key, day, retracted_at FROM visits_whole
    UNION ALL SELECT patient_id, department_key, day, retracted_at FROM stays_whole
  ) GROUP BY patient_id, department_key, retracted_at
) AS s
  ON s.patient_id = t.patient_id AND t.moment < s.retracted_at
  AND s.department_key = t.place
  AND s.first < t.day;
-- explain
SELECT t.index, t.patient_id, 'research' AS record, t.file AS file, t.row AS row, t.day AS day, t.study AS place
FROM (
  SELECT p.*, c.study, c.file, c.row FROM post AS p
  JOIN research AS c
    ON c.user_id = p.user_id AND c.patient_id IS NULL
    AND p.day BETWEEN c.valid_from AND c.valid_to
) AS t
JOIN (
  SELECT patient_id, department_key, retracted_at, min(day) AS first FROM (
    SELECT patient_id, department_key, day, retracted_at FROM visits_whole
    UNION ALL SELECT patient_id, department_key, day, retracted_at FROM stays_whole
  ) GROUP BY patient_id, department_key, retracted_at
) AS s
  ON s.patient_id = t.patient_id AND t.moment < s.retracted_at
  AND s.department_key = t.place
  AND s.first < t.day
WHERE t.index IN (SELECT index FROM shown)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY t.study, t.file, t.row
) = 1;
