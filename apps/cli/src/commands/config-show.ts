import type { Invocation, Outcome } from '../command.ts'
import { settingsOf } from '../settings.ts'
import { table } from '../table.ts'

/** `merlon config show`: every setting, its value and its origin. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { rows } = await settingsOf(invocation)
  return {
    data: { settings: rows.map(({ key, value, origin }) => ({ key, value, origin })) },
    text: (paint) =>
      table(
        [
          { heading: 'setting', paint: paint.bold },
          { heading: 'value', isFlexible: true },
          { heading: 'from', paint: paint.dim },
        ],
        rows.map(({ key, value, origin }) => [key, value, origin]),
        paint,
      ),
  }
}
