const packages = [
  'api',
  'artifacts',
  'assess',
  'attacks',
  'audit',
  'core',
  'crypto',
  'dataset',
  'gateway',
  'model',
  'report',
  'store',
  'tensor',
  'text',
  'training',
]

/** Who may import whom among our own packages. `tidy.test.ts` holds every import to this table. */
export const layers: Readonly<Record<string, readonly string[]>> = {
  'packages/core': [],
  'packages/tensor': ['core'],
  'packages/crypto': ['core'],
  'packages/report': ['core'],
  'packages/api': ['core'],
  'packages/dataset': ['core', 'tensor'],
  'packages/artifacts': ['core', 'crypto', 'model'],
  'packages/audit': ['core', 'crypto'],
  'packages/store': ['core', 'crypto'],
  'packages/text': ['core', 'crypto'],
  'packages/model': ['core', 'tensor'],
  'packages/attacks': ['core', 'tensor', 'model'],
  'packages/training': ['core', 'tensor', 'dataset', 'model', 'attacks', 'crypto'],
  'packages/assess': ['core', 'tensor', 'dataset', 'model', 'attacks'],
  'packages/gateway': ['core', 'tensor', 'crypto'],
  // The two places where stages meet: everything under packages/.
  'apps/server': [...packages, 'console'],
  'apps/cli': [...packages, 'server'],
  // The console talks to the API only, and knows core's types.
  'apps/console': ['api', 'core'],
}
