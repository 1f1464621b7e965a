/*
id = "paperwork"
kind = "explanation"
order = 81
level = "L0"
needs = ["staff"]
columns = ["staff.duty", "access.object", "access.action"]
starts = false
[title]
ja = "書類・請求・登録を書いた記録そのもの（紹介状・診断書・返戻・がん登録など）"
en = "The record of the paper itself: a letter, certificate, claim or register entry written by those whose work it is"
[purpose]
ja = "書類・請求・登録の作成"
en = "writing a document, a claim or a register entry"
[why]
ja = "書類・請求・登録の作成（%(day)s、記録 %(row)s）"
en = "writing a document, a claim or a register entry on %(day)s (record %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10", action = "create", object = "診断書" }]
staff = [{ user = "u1", duty = "医師事務作業補助者", department = "医療秘書課" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10", action = "update", object = "レセプト返戻" }]
staff = [{ user = "u1", duty = "事務員", department = "医事課" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10", action = "create", object = "がん登録" }]
staff = [{ user = "u1", duty = "診療情報管理士", department = "診療情報管理室" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", action = "read", object = "診断書" }]
staff = [{ user = "u1", duty = "医師事務作業補助者", department = "医療秘書課" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", action = "create", object = "診断書" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM touch AS t
JOIN event AS e ON e.index = t.index
JOIN (
  SELECT object,
    regexp_matches(object, '紹介状|返書|診療情報提供|診断書|証明書|意見書|文書|(?i)letter|certificate|document') AS letters,
    regexp_matches(object, '会計|レセプト|請求|算定|返戻|保険|(?i)billing|claim|invoice') AS claims,
    regexp_matches(object, '病名|登録票|がん登録|コーディング|(?i)diagnos|coding|registry') AS registers
  FROM (SELECT DISTINCT CAST(object AS VARCHAR) AS object FROM event WHERE action IN ('create', 'update', 'print')) AS o
) AS c ON c.object = e.object
WHERE t.valid AND t.action IN ('create', 'update', 'print') AND (
    t.duty_group IN ('liaison', 'scribe', 'desk', 'doctor') AND c.letters
    OR t.duty_group = 'billing' AND c.claims OR t.duty_group = 'coding' AND c.registers);
-- explain
SELECT t.index, t.patient_id, 'access' AS record, t.file AS file, t.index AS row, t.day AS day, NULL AS place
FROM touch AS t
JOIN event AS e ON e.index = t.index
JOIN (
  SELECT object,
    regexp_matches(object, '紹介状|返書|診療情報提供|診断書|証明書|意見書|文書|(?i)letter|certificate|document') AS letters,
    regexp_matches(object, '会計|レセプト|請求|算定|返戻|保険|(?i)billing|claim|invoice') AS claims,
    regexp_matches(object, '病名|登録票|がん登録|コーディング|(?i)diagnos|coding|registry') AS registers
  FROM (SELECT DISTINCT CAST(object AS VARCHAR) AS object FROM event WHERE action IN ('create', 'update', 'print')) AS o
) AS c ON c.object = e.object
WHERE t.index IN (SELECT index FROM shown)
  AND t.valid AND t.action IN ('create', 'update', 'print') AND (
    t.duty_group IN ('liaison', 'scribe', 'desk', 'doctor') AND c.letters
    OR t.duty_group = 'billing' AND c.claims OR t.duty_group = 'coding' AND c.registers)
QUALIFY row_number() OVER (PARTITION BY t.index, t.patient_id ORDER BY t.index) = 1;
