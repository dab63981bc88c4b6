import { GatewayConfig } from '@merlon/gateway'
import { EndpointConfig, Preprocessing } from '@merlon/model'
import { z } from 'zod'
import { limits } from '../limits.ts'
import { Columns } from './columns.ts'

/** A name that is safe in a URL, a file name and a line of text. */
export const Name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/i, 'a name has letters, digits, ".", "_" and "-", up to 63')

/** A value that must not stand in the file: it is read from an environment variable or a file. */
export const SecretReference = z.union([
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
  z.strictObject({ file: z.string().min(1) }),
])
export type SecretReference = z.infer<typeof SecretReference>

const Listen = z.strictObject({
  host: z.string().min(1).max(253).default('127.0.0.1').describe('Address to listen on'),
  port: z.int().min(0).max(65535).default(8421).describe('Port to listen on; 0 takes a free one'),
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Address that people open, where something in front ends TLS; https makes cookies Secure',
    ),
})

const Model = z.strictObject({
  path: z.string().min(1).describe('ONNX file, relative to this file'),
  labels: z.array(z.string().max(100)).max(10_000).optional().describe('Names of the classes'),
  preprocessing: Preprocessing.optional().describe(
    'What happens to a sample before the model when it is attacked or trained; what the metadata of the file says unless given, and {} for nothing. A route serves the file as it is',
  ),
})

const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/
const secretName = /auth|key|token|cookie|secret|pass|credential/i

const Headers = z
  .record(z.string().regex(headerName), z.union([z.string().max(4096), SecretReference]))
  .refine(
    (headers) =>
      Object.entries(headers).every(
        ([name, value]) => typeof value === 'object' || !secretName.test(name),
      ),
    'a secret must not stand in the file: write { env: NAME } or { file: PATH }',
  )

const Endpoint = EndpointConfig.extend({
  headers: Headers.optional().describe(
    'Headers of each request; one that may be secret as { env: NAME } or { file: PATH }',
  ),
})
/** A model behind an address, as merlon.yaml declares it. */
export type Endpoint = z.infer<typeof Endpoint>

const DataSet = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe(
      'Folder of IDX files, pictures or recordings, or a file of a table or arrays; relative to this file',
    ),
  split: z.enum(['test', 'train']).optional().describe('Part of a folder or NPZ file'),
  labels: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe(
      'Column of the labels, member or file of arrays, or pattern of names such as {label}_*',
    ),
  size: z
    .tuple([z.int().min(1).max(4096), z.int().min(1).max(4096)])
    .optional()
    .describe('[height, width] that pictures are brought to'),
  length: z
    .int()
    .min(1)
    .max(2 ** 26)
    .optional()
    .describe('Samples that recordings are brought to'),
  columns: Columns.optional().describe(
    'Features of a table by name: then attacks make only rows that can exist',
  ),
})

const Database = z
  .string()
  .min(1)
  .refine((text) => !/^postgres(ql)?:\/\/[^/]*:[^/@]+@/.test(text), {
    message: 'a password must not stand in the file: write { env: NAME } or { file: PATH }',
  })
  .or(SecretReference)

const Audit = z.strictObject({
  witness: z
    .array(z.string().min(1))
    .max(8)
    .optional()
    .describe(
      'Folders that keep a copy of each checkpoint, best on another disk or machine; unless given, witness in the state folder',
    ),
  strict: z
    .boolean()
    .default(false)
    .describe('Answer only after the record is on the disk, not only in the file'),
})

const WorkerSection = z.strictObject({
  concurrency: z
    .int()
    .min(0)
    .max(limits.workerConcurrencyMax)
    .default(1)
    .describe('Jobs that the server itself does at a time; 0 leaves them to "merlon worker"'),
  leaseSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(limits.jobLeaseMs / 1000)
    .describe('How long a job belongs to a worker that is not heard of; then another goes on'),
})

/** merlon.yaml, whole. Strict: a key that does nothing is an error. */
export const Config = z
  .strictObject({
    version: z.literal(1).describe('Version of this format'),
    project: Name.default('merlon').describe('Name of the project; part of the audit log origin'),
    listen: Listen.prefault({}),
    database: Database.optional().describe(
      'File or postgres:// URL, one with a password as { env: NAME } or { file: PATH }; unless given, merlon.db in the state folder',
    ),
    audit: Audit.prefault({}),
    worker: WorkerSection.prefault({}),
    models: z.record(Name, Model).default({}).describe('Models by name'),
    endpoints: z.record(Name, Endpoint).default({}).describe('Models behind an address, by name'),
    datasets: z.record(Name, DataSet).default({}).describe('Data sets by name'),
    routes: GatewayConfig.describe('What is served: /v2/models/NAME, or NAME alone'),
  })
  .superRefine((config, context) => {
    for (const name of Object.keys(config.endpoints)) {
      if (config.models[name] === undefined) continue
      const message = 'a model has this name too; give each one its own'
      context.addIssue({ code: 'custom', path: ['endpoints', name], message })
    }
    for (const [name, { model }] of Object.entries(config.routes)) {
      if (config.models[model] !== undefined) continue
      const known = Object.keys(config.models)
      context.addIssue({
        code: 'custom',
        path: ['routes', name, 'model'],
        message: `there is no model "${model}" under models`,
        params: { word: model, known },
      })
    }
  })
export type Config = z.infer<typeof Config>

/** JSON Schema of merlon.yaml, for editors. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    ...z.toJSONSchema(Config, { io: 'input', target: 'draft-7' }),
    title: 'merlon.yaml',
  }
}
