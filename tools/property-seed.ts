import fc from 'fast-check'

/** Properties draw the same cases in every run, so that a failure is about the change; the long campaign draws new ones. */
if (process.env.MERLON_LONG !== '1') fc.configureGlobal({ seed: 1973 })
