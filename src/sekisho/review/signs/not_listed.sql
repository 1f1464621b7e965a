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
windows = { least = 5, share = 0.2 }
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
*/
-- Whose accesses care explains for the most part is a newcomer whom no list has yet.
-- count
WITH newcomer AS (
  SELECT t.user_id FROM touch AS t
  LEFT JOIN open_touch AS o ON o.index = t.index AND o.patient_id = t.patient_id
  WHERE t.in_period AND NOT t.listed
  GROUP BY t.user_id HAVING count(*) >= $least AND count(o.index) <= $share * count(*)
)
SELECT e.index, NULL AS patient_id, '' AS matter
FROM event AS e
LEFT JOIN newcomer AS n ON n.user_id = e.user_id
WHERE n.user_id IS NULL AND NOT e.listed AND e.kind IN ('unknown', 'person') AND e.user_id IS NOT NULL
  AND e.source <> 'sekisho' AND (SELECT count(*) FROM staff) > 0;
