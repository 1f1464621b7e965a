/*
id = "id_merge"
kind = "explanation"
order = 80
level = "L0"
needs = ["staff"]
columns = ["staff.duty", "access.object", "access.action"]
starts = false
[title]
ja = "患者番号の統合・修正の作業（情報システム・診療録管理・医事）"
en = "Merging or correcting patient numbers (systems, medical records, billing)"
[purpose]
ja = "患者番号の統合・修正"
en = "merging or correcting patient numbers"
[why]
ja = "患者番号の統合・修正（%(day)s、記録 %(row)s）"
en = "merging or correcting patient numbers on %(day)s (record %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10", action = "update", object = "患者番号統合" }]
staff = [{ user = "u1", duty = "事務員", department = "情報システム室" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", action = "read", object = "カルテ表示" }]
staff = [{ user = "u1", duty = "事務員", department = "情報システム室" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", action = "update", object = "患者番号統合" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM touch AS t
SEMI JOIN (
  SELECT index, object FROM event
  WHERE action IN ('update', 'create', 'delete', 'execute')
    AND regexp_matches(coalesce(object, ''), '統合|名寄せ|重複(患者|番号|登録)|(?i)merge')
) AS c
  ON c.index = t.index
WHERE t.valid AND t.duty_group IN ('systems', 'coding', 'billing', 'desk');
-- explain
SELECT t.index, t.patient_id, 'access' AS record, t.file AS file, t.index AS row, t.day AS day, NULL AS place
FROM touch AS t
JOIN (
  SELECT index, object FROM event
  WHERE action IN ('update', 'create', 'delete', 'execute')
    AND regexp_matches(coalesce(object, ''), '統合|名寄せ|重複(患者|番号|登録)|(?i)merge')
) AS c
  ON c.index = t.index
WHERE t.index IN (SELECT index FROM shown)
  AND t.valid AND t.duty_group IN ('systems', 'coding', 'billing', 'desk')
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY t.index, t.file, t.index
) = 1;
