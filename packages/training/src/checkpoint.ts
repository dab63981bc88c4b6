import { open, rename, rm } from 'node:fs/promises'
import { TrainingError } from './training-error.ts'

/**
 * Writes a model beside its place, syncs it and moves it there: whoever reads the path finds the old model or the new one,
 * never a part of one.
 * @throws TrainingError CHECKPOINT_UNWRITABLE
 */
export async function writeCheckpoint(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.draft`
  try {
    const file = await open(draft, 'w')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw new TrainingError(
      'CHECKPOINT_UNWRITABLE',
      `${path} cannot be written; check that its folder exists and has space`,
      { cause },
    )
  }
}
