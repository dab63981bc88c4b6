import { z } from 'zod'
import { limits } from '../limits.ts'

const side = z.int().min(1).max(limits.pictureSideMax)
const size = z.tuple([side, side])
const numbers = z.array(z.number()).min(1).max(limits.channelsMax)

/**
 * What happens to a sample on its way into a model: the section `models.NAME.preprocessing` of merlon.yaml, and the JSON
 * in a file's own metadata. Steps run in the order in which they stand here; an empty section means none.
 */
export const Preprocessing = z.strictObject({
  layout: z
    .enum(['nchw-to-nhwc', 'nhwc-to-nchw'])
    .optional()
    .describe(
      'Order of the axes, from that of the samples to that of the model (data sets of pictures are nchw)',
    ),
  channels: z
    .enum(['grey-to-rgb', 'rgb-to-grey', 'rgb-to-bgr'])
    .optional()
    .describe('Colours, from those of the samples to those of the model'),
  resize: z
    .strictObject({
      from: size.describe('[height, width] of the samples'),
      to: size.optional().describe("[height, width] of the model's input, where it leaves it open"),
    })
    .optional()
    .describe('Bilinear, with half-pixel centres and without smoothing'),
  scale: z
    .number()
    .refine((factor) => factor !== 0, 'a scale of 0 makes every sample the same')
    .optional()
    .describe('Factor of every number, such as 255 for samples in [0, 1]'),
  mean: numbers
    .optional()
    .describe('Taken away after scaling: one number, or one for each channel or feature'),
  std: numbers
    .refine((each) => each.every((value) => value > 0), 'a standard deviation is above 0')
    .optional()
    .describe('Divides after that: one number, or one for each channel or feature'),
})
export type Preprocessing = z.infer<typeof Preprocessing>

/** True if nothing is done. */
export function isPlain(preprocessing: Preprocessing): boolean {
  return Object.values(preprocessing).every((step) => step === undefined)
}
