/*
id = "conference"
kind = "explanation"
order = 66
level = "L1"
needs = ["staff", "patients"]
columns = ["staff.duty", "patients.deceased_on", "access.user_id"]
starts = false
windows = { after = 60, least = 4, days = 2 }
[title]
ja = "死亡症例の検討会（亡くなって60日までの患者を、4人以上の医師が同じころに）"
en = "A conference on a death: four or more doctors on a patient dead for at most sixty days, at one time"
[purpose]
ja = "死亡症例の検討"
en = "review of a death"
[why]
ja = "死亡症例の検討：亡くなった患者の記録を、4人以上の医師が同じころに開いています（死亡日 %(day)s、%(file)s の%(row)s行目）"
en = "review of a death: four or more doctors opened the record at one time (the patient died on %(day)s; %(file)s, line %(row)s)"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "17:01:00" },
  { user = "u2", patient = "p1", day = "2026-10-10", time = "17:02:00" },
  { user = "u3", patient = "p1", day = "2026-10-10", time = "17:03:00" },
  { user = "u4", patient = "p1", day = "2026-10-10", time = "17:04:00" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }, { user = "u2", duty = "医師", department = "外科" }, { user = "u3", duty = "医師", department = "整形外科" }, { user = "u4", duty = "医師", department = "小児科" }]
patients = [{ patient = "p9", address = "緑川市1-1-1" }]
deaths = [{ patient = "p1", day = "2026-10-01" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "17:01:00" },
  { user = "u2", patient = "p1", day = "2026-10-10", time = "17:02:00" },
  { user = "u3", patient = "p1", day = "2026-10-10", time = "17:03:00" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }, { user = "u2", duty = "医師", department = "外科" }, { user = "u3", duty = "医師", department = "整形外科" }]
patients = [{ patient = "p9", address = "緑川市1-1-1" }]
deaths = [{ patient = "p1", day = "2026-10-01" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "17:01:00" },
  { user = "u2", patient = "p1", day = "2026-10-10", time = "17:02:00" },
  { user = "u3", patient = "p1", day = "2026-10-10", time = "17:03:00" },
  { user = "u4", patient = "p1", day = "2026-10-10", time = "17:04:00" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }, { user = "u2", duty = "医師", department = "外科" }, { user = "u3", duty = "医師", department = "整形外科" }, { user = "u4", duty = "医師", department = "小児科" }]
patients = [{ patient = "p9", address = "緑川市1-1-1" }]
deaths = [{ patient = "p1", day = "2026-07-01" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "17:01:00" },
  { user = "u2", patient = "p1", day = "2026-10-10", time = "17:02:00" },
  { user = "u3", patient = "p1", day = "2026-10-10", time = "17:03:00" },
  { user = "u4", patient = "p1", day = "2026-10-10", time = "17:04:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "内科" }, { user = "u2", duty = "看護師", department = "外科" }, { user = "u3", duty = "看護師", department = "整形外科" }, { user = "u4", duty = "看護師", department = "小児科" }]
patients = [{ patient = "p9", address = "緑川市1-1-1" }]
deaths = [{ patient = "p1", day = "2026-10-01" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "17:01:00" },
  { user = "u2", patient = "p1", day = "2026-10-10", time = "17:02:00" },
  { user = "u3", patient = "p1", day = "2026-10-10", time = "17:03:00" },
  { user = "u4", patient = "p1", day = "2026-10-10", time = "17:04:00" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }, { user = "u2", duty = "医師", department = "外科" }, { user = "u3", duty = "医師", department = "整形外科" }, { user = "u4", duty = "医師", department = "小児科" }]
patients = [{ patient = "p9", address = "緑川市1-1-1" }]
deaths = [{ patient = "p1", day = "2026-10-01" }]
vips = [{ patient = "p1" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM touch AS t
JOIN patients AS p
  ON p.patient_id = t.patient_id AND t.day BETWEEN p.deceased_on AND p.deceased_on + $after
JOIN (
  SELECT a.patient_id, a.day
  FROM (
    SELECT DISTINCT d.patient_id, d.day FROM touch AS d
    JOIN patients AS q
      ON q.patient_id = d.patient_id AND d.day BETWEEN q.deceased_on AND q.deceased_on + $after
    WHERE d.duty_group IN ('doctor', 'surgery', 'radiology', 'emergency')
  ) AS a
  JOIN touch_all AS b
    ON b.patient_id = a.patient_id AND b.day BETWEEN a.day - $days AND a.day + $days
  WHERE b.valid AND NOT b.night
    AND b.duty_group IN ('doctor', 'surgery', 'radiology', 'emergency')
  GROUP BY a.patient_id, a.day HAVING count(DISTINCT b.user_id) >= $least
) AS c ON c.patient_id = t.patient_id AND c.day = t.day
ANTI JOIN vips AS v ON v.patient_id = t.patient_id
WHERE t.valid AND NOT t.night
  AND t.duty_group IN ('doctor', 'surgery', 'radiology', 'emergency');
-- explain
SELECT t.index, t.patient_id, 'patients' AS record, p.file, p.row, p.deceased_on AS day,
  NULL AS place
FROM touch AS t
JOIN patients AS p
  ON p.patient_id = t.patient_id AND t.day BETWEEN p.deceased_on AND p.deceased_on + $after
JOIN (
  SELECT a.patient_id, a.day
  FROM (
    SELECT DISTINCT d.patient_id, d.day FROM touch AS d
    JOIN patients AS q
      ON q.patient_id = d.patient_id AND d.day BETWEEN q.deceased_on AND q.deceased_on + $after
    WHERE d.duty_group IN ('doctor', 'surgery', 'radiology', 'emergency')
  ) AS a
  JOIN touch_all AS b
    ON b.patient_id = a.patient_id AND b.day BETWEEN a.day - $days AND a.day + $days
  WHERE b.valid AND NOT b.night
    AND b.duty_group IN ('doctor', 'surgery', 'radiology', 'emergency')
  GROUP BY a.patient_id, a.day HAVING count(DISTINCT b.user_id) >= $least
) AS c ON c.patient_id = t.patient_id AND c.day = t.day
ANTI JOIN vips AS v ON v.patient_id = t.patient_id
WHERE t.index IN (SELECT index FROM shown)
  AND t.valid AND NOT t.night
  AND t.duty_group IN ('doctor', 'surgery', 'radiology', 'emergency')
QUALIFY row_number() OVER (PARTITION BY t.index, t.patient_id ORDER BY p.file, p.row) = 1;
