import { config } from 'zod/v4'

// zod compiles its schemas with `new Function`, which the content security policy forbids. The build
// puts this module in the place of `zod`, so that no schema is made before it is told.
config({ jitless: true })

export * from 'zod/v4'
