/*
id = "neighbour"
kind = "sign"
order = 34
level = "L0"
score = 0.45
cut = true
whole = true
rare = 0.03
needs = ["staff", "patients"]
columns = ["staff.address", "patients.address"]
windows = { most = 40 }
[title]
ja = "近所の患者"
en = "A patient who lives next door"
[why]
ja = "患者の住所が職員の住所と番地まで同じで、この閲覧につながる診療が見つかりません（%(records)s件）"
en = "the patient's address is the person's but for the last number, and no care was found that leads to it (%(records)s records)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "内科", address = "東京都緑区中町1-2-3" }]
patients = [{ patient = "p1", address = "東京都緑区中町1-2-9" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "内科", address = "東京都緑区中町1-2-3" }]
patients = [{ patient = "p1", address = "東京都緑区中町1-3-3" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "内科", address = "東京都緑区中町1-2-3" }]
patients = [{ patient = "p1", address = "東京都緑区中町1-2-3" }]
*/
-- count
WITH home AS (
  SELECT patient_id, address_key, regexp_replace(address_key, '-[0-9]+$', '') AS block
  FROM patients WHERE regexp_matches(address_key, '[0-9]-[0-9]+$')
),
few AS (
  SELECT block FROM homes WHERE homes <= greatest($most, 0.001 * total)
),
near AS (
  SELECT DISTINCT s.user_id, h.patient_id
  FROM staff AS s
  JOIN home AS h ON h.block = regexp_replace(s.address_key, '-[0-9]+$', '')
  JOIN few AS f ON f.block = h.block
  WHERE regexp_matches(s.address_key, '[0-9]-[0-9]+$') AND s.address_key <> h.address_key
    AND s.patient_id IS DISTINCT FROM h.patient_id
)
SELECT DISTINCT t.index, t.patient_id, t.patient_id AS matter
FROM open_touch AS t
SEMI JOIN near AS n ON n.user_id = t.user_id AND n.patient_id = t.patient_id
WHERE t.kind IN ('person', 'unknown');
