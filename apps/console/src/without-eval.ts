import { config } from 'zod'

// zod compiles its schemas with `new Function`, which the content security policy forbids. This module
// is imported before every other, so that no schema is made before it is told.
config({ jitless: true })
