/*
id = "staff_health"
kind = "explanation"
order = 64
level = "L0"
needs = ["staff"]
columns = ["staff.department", "staff.patient_id"]
starts = false
[title]
ja = "職員の健康管理（健診・産業保健の部署が職員の記録を）"
en = "Staff health: the place for check-ups and occupational health, on a member of staff"
[purpose]
ja = "職員の健康管理"
en = "the health of the staff"
[why]
ja = "職員の健康管理：%(place)s（職員名簿 %(file)s の%(row)s行目の本人）"
en = "staff health by %(place)s: the patient is on line %(row)s of the staff list %(file)s"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "保健師", department = "健診センター" }, { user = "u2", department = "外科", patient = "p1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "看護師", department = "内科" }, { user = "u2", department = "外科", patient = "p1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p3", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "保健師", department = "健診センター" }, { user = "u2", department = "外科", patient = "p1" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "保健師", department = "健診センター", patient = "p1" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN staff AS c
  ON c.patient_id = t.patient_id
  AND c.user_id <> t.user_id
WHERE regexp_matches(t.place, '健診|健康管理|健康診断|産業保健|産業医|安全衛生|人間ドック|occupational|staffhealth');
-- explain
SELECT t.index, t.patient_id, 'staff' AS record, c.file, c.row, t.day AS day, t.place AS place
FROM post AS t
JOIN staff AS c
  ON c.patient_id = t.patient_id
  AND c.user_id <> t.user_id
WHERE t.index IN (SELECT index FROM shown)
  AND regexp_matches(t.place, '健診|健康管理|健康診断|産業保健|産業医|安全衛生|人間ドック|occupational|staffhealth')
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY c.file, c.row
) = 1;
