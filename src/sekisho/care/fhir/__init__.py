"""FHIR R4 resources of care: files, bundles and NDJSON (HL7 FHIR R4 4.0.1)."""
