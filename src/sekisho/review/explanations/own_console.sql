/*
id = "own_console"
kind = "explanation"
order = 5
level = "L0"
needs = []
columns = ["access.source"]
[title]
ja = "Sekisho の中での確認業務"
en = "Work inside Sekisho itself"
[purpose]
ja = "閲覧が適切だったかの確認"
en = "confirming that accesses were proper"
[why]
ja = "Sekisho の画面での操作（%(day)s、記録 %(row)s）"
en = "an act on Sekisho's own pages on %(day)s (record %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10", source = "sekisho" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", source = "emr" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM touch AS t
WHERE t.source = 'sekisho';
-- explain
SELECT t.index, t.patient_id, 'access' AS record, 'sekisho' AS file, t.index AS row, t.day, NULL AS place
FROM touch AS t
WHERE t.source = 'sekisho' AND t.index IN (SELECT index FROM shown)
QUALIFY row_number() OVER (PARTITION BY t.index, t.patient_id ORDER BY t.index) = 1;
