import { createRequire } from 'node:module'
import Ajv from 'ajv'

const require = createRequire(import.meta.url)

/** What the published schema of SARIF 2.1.0 has against a file; `[]` if nothing. */
export function sarifFaults(text: string): readonly unknown[] {
  validate ??= compile()
  return validate(JSON.parse(text)) === true ? [] : (validate.errors ?? [])
}

let validate: ReturnType<typeof compile> | undefined

function compile() {
  // The schema is of draft 4, which Ajv 6 still reads.
  const ajv = new Ajv({ schemaId: 'auto', validateSchema: false, logger: false })
  ajv.addMetaSchema(require('ajv/lib/refs/json-schema-draft-04.json'))
  return ajv.compile(require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'))
}
