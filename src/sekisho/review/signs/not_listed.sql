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
-- count
SELECT e.index, NULL AS patient_id, '' AS matter
FROM event AS e
WHERE NOT e.listed AND e.kind IN ('unknown', 'person') AND e.user_id IS NOT NULL
  AND e.source <> 'sekisho' AND (SELECT count(*) FROM staff) > 0;
