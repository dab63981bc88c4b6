import type { ModelRow } from '@merlon/store'
import type { State } from './state.ts'

/** The registered models, by name. */
export function listModels({ store }: State): Promise<readonly ModelRow[]> {
  return store.models.list()
}
