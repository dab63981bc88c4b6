import { z } from 'zod'
import { Preprocessing } from '../access/preprocessing.ts'
import { limits } from '../limits.ts'

/** A place in an answer: names, `[0]` for one element, `[*]` for every element. */
const AnswerPath = z
  .string()
  .regex(
    /^(\$|[^.[\]]{1,80})(\[(\*|\d{1,6})\]|\.[^.[\]]{1,80}){0,16}$/,
    'a path is names with dots between them, [0] and [*], such as predictions[*].scores; $ is the whole answer',
  )

/** How any JSON endpoint is spoken to. */
export const EndpointMapping = z.strictObject({
  request: z
    .json()
    .describe(
      'The body: JSON in which "$samples" stands for the nested lists of a batch, or "$sample" for those of one sample',
    ),
  scores: AnswerPath.optional().describe(
    'Where the scores stand: for each sample a list, or an object by the names of the classes',
  ),
  labels: AnswerPath.optional().describe(
    'Where the labels stand, where there are no scores: for each sample a number or a name of a class',
  ),
})
export type EndpointMapping = z.infer<typeof EndpointMapping>

/** One entry under `endpoints:` in merlon.yaml, without its headers: those may be secrets. */
export const EndpointConfig = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !/^https?:\/\/[^/]*@/i.test(url), 'a password must not stand in the address')
    .describe('Address that is asked; for oip that of the model, http://HOST/v2/models/NAME'),
  protocol: z
    .enum(['oip', 'json'])
    .default('oip')
    .describe('Open Inference Protocol v2, or JSON after a mapping'),
  mapping: EndpointMapping.optional().describe('How JSON is asked and read'),
  shape: z
    .array(z.int().min(1).max(limits.sampleNumbersMax))
    .min(1)
    .max(limits.tensorRankMax)
    .optional()
    .describe('Shape of one sample; oip endpoints say it themselves'),
  classes: z
    .union([
      z.int().min(1).max(limits.endpointClassesMax),
      z.array(z.string().min(1).max(200)).min(1).max(limits.endpointClassesMax),
    ])
    .optional()
    .describe('How many classes there are, or their names in the order of the labels'),
  batch: z.int().min(1).max(10_000).default(32).describe('Most samples of one request'),
  rate: z.number().positive().max(10_000).default(20).describe('Most requests per second'),
  concurrency: z.int().min(1).max(64).default(4).describe('Most requests at once'),
  retries: z
    .int()
    .min(0)
    .max(limits.endpointRetriesMax)
    .default(8)
    .describe('How often a request is repeated after 429, 5xx or a broken connection'),
  timeoutMs: z.int().min(100).max(600_000).default(30_000).describe('Longest wait for an answer'),
  preprocessing: Preprocessing.optional().describe(
    'What happens to a sample before it is sent, as for models',
  ),
})
export type EndpointConfig = z.infer<typeof EndpointConfig>
