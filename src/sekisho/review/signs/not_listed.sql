/*
id = "not_listed"
kind = "sign"
order = 80
level = "L0"
score = 0.35
cut = true
rare = 0.03
needs = ["staff"]
columns = ["staff.user_id", "access.user_id"]
windows = { least = 5, share = 0.2, writes = 0.5 }
[title]
ja = "職員名簿にない利用者ID"
en = "An id that is not in the staff list"
[why]
ja = "利用者IDが、届いた職員名簿にありません（退職とは限りません）。%(records)s件の記録、患者%(patients)s人"
en = "the id is in no staff list that has arrived (which does not mean that the person left): %(records)s records, %(patients)s patients"
[[samples]]
matches = true
access = [
  { user = "u9", patient = "p1", day = "2026-10-10" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
[[samples]]
matches = false
access = [
  { user = "u9", patient = "p0", day = "2026-10-10", action = "create" },
  { user = "u9", patient = "q0", day = "2026-10-10" },
  { user = "u9", patient = "p1", day = "2026-10-11", action = "create" },
  { user = "u9", patient = "q1", day = "2026-10-11" },
  { user = "u9", patient = "p2", day = "2026-10-12", action = "create" },
  { user = "u9", patient = "q2", day = "2026-10-12" },
  { user = "u9", patient = "p3", day = "2026-10-13", action = "create" },
  { user = "u9", patient = "q3", day = "2026-10-13" },
  { user = "u9", patient = "p4", day = "2026-10-14", action = "create" },
  { user = "u9", patient = "q4", day = "2026-10-14" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
*/
-- Whose accesses care explains for the most part, or who writes in most of the records that they
-- open, is a newcomer whom no list has yet.
-- count
WITH newcomer AS (
  SELECT t.user_id FROM touch AS t
  LEFT JOIN open_touch AS o ON o.index = t.index AND o.patient_id = t.patient_id
  WHERE t.in_period AND NOT t.listed
  GROUP BY t.user_id HAVING count(*) >= $least AND count(o.index) <= $share * count(*)
  UNION
  SELECT user_id FROM (
    SELECT user_id, patient_id, max(
      CASE WHEN action IN ('create', 'update') AND outcome = 'success' THEN 1 ELSE 0 END) AS wrote
    FROM touch WHERE in_period AND NOT listed GROUP BY user_id, patient_id
  )
  GROUP BY user_id HAVING sum(wrote) >= $least AND sum(wrote) >= $writes * count(*)
)
SELECT e.index, CAST(NULL AS INTEGER) AS patient_id, '' AS matter
FROM event AS e
LEFT JOIN newcomer AS n ON n.user_id = e.user_id
WHERE n.user_id IS NULL AND NOT e.listed AND e.kind IN ('unknown', 'person') AND e.user_id IS NOT NULL
  AND e.source <> 'sekisho' AND (SELECT count(*) FROM staff) > 0;
