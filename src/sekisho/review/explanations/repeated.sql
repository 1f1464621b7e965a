/*
id = "repeated"
kind = "explanation"
order = 90
level = "L1"
needs = ["staff"]
columns = ["access.user_id", "access.patient_ids"]
windows = { after = 7 }
[title]
ja = "説明のついた閲覧に続く閲覧（同じ人と患者、7日以内）"
en = "A return within seven days after an explained access"
[purpose]
ja = "診療などの業務の続き"
en = "work that goes on from an earlier access"
[why]
ja = "%(day)s の説明のついた閲覧（記録 %(row)s）に続くもの"
en = "follows the explained access of %(day)s (record %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-24" }, { user = "u1", patient = "p1", day = "2026-10-31" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
after = ["visit_department"]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-24" }, { user = "u1", patient = "p1", day = "2026-11-01" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
after = ["visit_department"]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-24" }, { user = "u2", patient = "p1", day = "2026-10-25" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
after = ["visit_department"]
*/
-- An access does not follow itself.
-- count
SELECT DISTINCT t.index, t.patient_id
FROM touch AS t
SEMI JOIN settled AS c
  ON c.user_id = t.user_id AND c.patient_id = t.patient_id
  AND c.index <> t.index
  AND c.moment <= t.moment AND t.day BETWEEN c.day AND c.day + $after
WHERE t.valid;
-- explain
SELECT t.index, t.patient_id, 'access' AS record, c.file, c.index AS row, c.day, NULL AS place
FROM touch AS t
JOIN settled AS c
  ON c.user_id = t.user_id AND c.patient_id = t.patient_id
  AND c.index <> t.index
  AND c.moment <= t.moment AND t.day BETWEEN c.day AND c.day + $after
WHERE t.valid AND t.index IN (SELECT index FROM shown)
QUALIFY row_number() OVER (PARTITION BY t.index, t.patient_id ORDER BY t.day - c.day, c.index) = 1;
