import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startMerlon } from './running.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A folder whose `.merlon` holds a trained and assessed demo, stopped cleanly. */
    demoTemplate: string
  }
}

/** Trains the demo once for all end-to-end tests; each copies what it needs. */
export async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'merlon-demo-'))
  const merlon = await startMerlon(folder)
  await merlon.stop()
  project.provide('demoTemplate', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}

/** A copy of the template in a folder of its own. */
export function copyOf(template: string, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `merlon-${name}-`))
  cpSync(template, folder, { recursive: true })
  return folder
}
