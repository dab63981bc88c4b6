/**
 * The built file of a worker thread. Threads run built code only, so a test that runs on the sources
 * starts the thread from `dist`.
 */
export function workerEntry(name: 'inference-worker' | 'job-worker'): URL {
  const isSource = import.meta.url.endsWith('.ts')
  return new URL(isSource ? `../dist/${name}.js` : `./${name}.js`, import.meta.url)
}
