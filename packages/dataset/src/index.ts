/** Reads samples from hostile files under named limits, and draws the demo digits. */
export { type DigitOptions, drawDigits, type Samples } from './draw-digits.ts'
