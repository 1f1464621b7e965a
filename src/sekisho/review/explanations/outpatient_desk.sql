/*
id = "outpatient_desk"
kind = "explanation"
order = 44
level = "L1"
needs = ["staff", "visits"]
columns = ["staff.duty", "staff.department", "visits.day"]
windows = { before = 3, after = 3 }
starts = false
[title]
ja = "外来・受付・医師事務作業補助の業務（前後3日の受診）"
en = "Outpatient desk, reception and medical secretaries for a visit within three days"
[purpose]
ja = "外来の受付・案内"
en = "reception of outpatients"
[why]
ja = "外来・受付：%(place)sの受診（%(day)s、%(file)s の%(row)s行目）"
en = "outpatient desk: visit to %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-13" }]
staff = [{ user = "u1", duty = "事務員", department = "外来受付" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師事務作業補助者", department = "医療秘書課" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-14" }]
staff = [{ user = "u1", duty = "事務員", department = "外来受付" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "外科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN visits_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.day + $after
WHERE (t.duty_group IN ('desk', 'scribe') OR t.place IN ('外来', '外来看護', '中央処置室', '処置室', '総合案内'));
-- explain
SELECT t.index, t.patient_id, 'visits' AS record, c.file, c.row, c.day, c.department AS place
FROM post AS t
JOIN visits_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.day + $after
WHERE t.index IN (SELECT index FROM shown)
  AND (t.duty_group IN ('desk', 'scribe') OR t.place IN ('外来', '外来看護', '中央処置室', '処置室', '総合案内'))
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
