/** Secure AI models through their whole life, from the command line. */
export { cliErrorPages } from './error-pages.ts'
export { main } from './main.ts'
export { cliReference } from './reference.ts'
export { processWorld, type Sink, type World } from './world.ts'
