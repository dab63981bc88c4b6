/** Why a task was stopped: the reason of its signal. */
export class Interrupted extends Error {
  readonly signalName: 'SIGINT' | 'SIGTERM'

  constructor(signalName: 'SIGINT' | 'SIGTERM') {
    super(`stopped by ${signalName}`)
    this.name = 'Interrupted'
    this.signalName = signalName
  }
}
