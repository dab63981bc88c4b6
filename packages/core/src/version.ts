/** Merlon's version. `tools/tidy.test.ts` holds it equal to every package.json. */
export const version = '0.1.0'
