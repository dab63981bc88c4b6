import { gaussian, seededRandom } from '@merlon/core'
import { gather, project, tensor } from '@merlon/tensor'

/** Enough that a larger budget adds nothing that an interval would show. */
const drawsMax = 1000

/**
 * How many samples random points on the edge of the ball fool: as many draws for each as the attack may ask questions,
 * up to `drawsMax`.
 */
export async function fooledByNoise(model, { batch, truth, norm, epsilon, budget, seed }) {
  const random = seededRandom(seed + 1)
  const draws = Number.isFinite(epsilon) ? Math.min(budget, drawsMax) : 0
  let open = Array.from(truth.keys())
  for (let draw = 0; draw < draws && open.length > 0; draw++) {
    const centre = gather(batch, open)
    const answered = await model.labels(noisy(centre, norm, epsilon, random))
    open = open.filter((i, k) => answered[k] === truth[i])
  }
  return { fooled: Number.isFinite(epsilon) ? truth.length - open.length : Number.NaN, draws }
}

/** A point on the edge of each ball, as far as [0, 1] allows: signs, directions, or single components at an end. */
function noisy(centre, norm, epsilon, random) {
  const size = centre.data.length / centre.shape[0]
  const data = centre.data.slice()
  for (let start = 0; start < data.length; start += size) {
    const noise = Float64Array.from({ length: size }, () => gaussian(random))
    const scale =
      epsilon / (norm === 'l1' ? sumOf(noise, Math.abs) : Math.sqrt(sumOf(noise, square)))
    for (let k = 0; k < size; k++) {
      const at = start + k
      if (norm === 'linf') data[at] += epsilon * Math.sign(noise[k])
      else if (norm === 'l0') data[at] = random() < epsilon / size ? Math.round(random()) : data[at]
      else data[at] += scale * noise[k]
      data[at] = Math.min(1, Math.max(0, data[at]))
    }
  }
  return project(tensor(centre.shape, data), centre, norm, epsilon)
}

const square = (value) => value * value
const sumOf = (values, each) => values.reduce((sum, value) => sum + each(value), 0)
