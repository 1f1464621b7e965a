-- Orthanc tells Sekisho of every request to it (FHIR AuditEvent R4, IHE ITI-20).
--
-- In orthanc.json:
--   "LuaScripts" : [ "/etc/orthanc/sekisho-orthanc.lua" ],
--   "HttpTimeout" : 10,
--   "HttpsCACertificates" : "/etc/orthanc/sekisho-ca.pem",
--   "Sekisho" : { "Url" : "https://sekisho.byoin.example:8443/AuditEvent", "Token" : "…" }
--
-- The request is told before it is answered: it is on record when Sekisho has said 201. Its
-- outcome is not known then and is recorded as unknown. Care is never stopped: what could not be
-- told is one line "sekisho: not told" in Orthanc's own log, without the patient.
--
-- Not seen from here: C-STORE, C-FIND and C-MOVE by DICOM (OnStoredInstance would see the first,
-- without the person), and what the viewer shows from its own memory.

local settings = GetOrthancConfiguration()['Sekisho'] or {}
local LEVELS = { patients = true, studies = true, series = true, instances = true }
local DO = {
   GET = { 'R', 'read' }, POST = { 'C', 'create' }, PUT = { 'U', 'update' }, DELETE = { 'D', 'delete' }
}
local SEARCH = { 'E', 'search-type' }

-- The number of the patient below whom an Orthanc resource stands; nil where there is none.
local function patient_of(path)
   local ok, found = pcall(function ()
      local way = string.match(path, '^/patients/') and path or path .. '/patient'
      return ParseJson(RestApiGet(way))['MainDicomTags']['PatientID']
   end)
   if ok and found ~= '' then return found end
   return nil
end

-- What a request asks for: its patient (or nil) and whether it names one thing.
local function asked(uri)
   local level, id = string.match(uri, '^/(%a+)/([0-9a-f%-]+)')
   if level ~= nil and LEVELS[level] and string.len(id) == 44 then
      return patient_of('/' .. level .. '/' .. id), true
   end
   local uid = string.match(uri, '^/dicom%-web/.*instances/([0-9.]+)')
      or string.match(uri, '^/dicom%-web/.*series/([0-9.]+)')
      or string.match(uri, '^/dicom%-web/.*studies/([0-9.]+)')
   if uid == nil then return nil, false end
   local ok, found = pcall(function () return ParseJson(RestApiPost('/tools/lookup', uid)) end)
   if ok and found[1] ~= nil then return patient_of(found[1]['Path']), true end
   return nil, true
end

local function event(method, uri, ip, username)
   local patient, one = asked(uri)
   local act = DO[method] or SEARCH
   if (method == 'GET' and not one) or string.match(uri, '^/tools/find') then act = SEARCH end
   local entity = { { what = { reference = string.sub(uri, 1, 300) },
                      type = { system = 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
                               code = '2' } } }
   if patient ~= nil then
      table.insert(entity, 1, {
         what = { identifier = { value = patient } },
         type = { system = 'http://terminology.hl7.org/CodeSystem/audit-entity-type', code = '1' },
         role = { system = 'http://terminology.hl7.org/CodeSystem/object-role', code = '1' } })
   end
   return {
      resourceType = 'AuditEvent',
      type = { system = 'http://terminology.hl7.org/CodeSystem/audit-event-type', code = 'rest' },
      subtype = { { system = 'http://hl7.org/fhir/restful-interaction', code = act[2] } },
      action = act[1],
      recorded = os.date('!%Y-%m-%dT%H:%M:%SZ'),
      agent = { { who = { identifier = { value = username ~= '' and username or 'orthanc' } },
                  requestor = true, network = { address = ip, type = '2' } } },
      source = { observer = { display = 'orthanc' } },
      entity = entity
   }
end

local function tell(method, uri, ip, username)
   local answer = HttpPost(settings['Url'], DumpJson(event(method, uri, ip, username), true), {
      ['Content-Type'] = 'application/fhir+json',
      ['Authorization'] = 'Bearer ' .. settings['Token']
   })
   return answer ~= nil
end

function IncomingHttpRequestFilter(method, uri, ip, username, httpHeaders)
   -- Pages and pictures of the viewer, and Orthanc's own state, show no patient.
   if string.match(uri, '^/app/') or uri == '/' or uri == '/system' then return true end
   local ok, told = pcall(tell, method, uri, ip, username)
   if not (ok and told) then print('sekisho: not told') end
   return true
end
