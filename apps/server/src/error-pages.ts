import type { ErrorPage } from '@merlon/core'
import type { ControlErrorCode } from './control/problem.ts'
import type { ServerErrorCode } from './server-error.ts'

/** What `merlon explain CODE` says about the server's codes and those of its control API. */
export const serverErrorPages: Readonly<Record<ServerErrorCode | ControlErrorCode, ErrorPage>> = {
  CONFIG_MISSING: {
    title: 'There is no merlon.yaml at that path',
    meaning: 'The file that --config or MERLON_CONFIG names does not exist.',
    fix: 'Correct the path, or write a file with "merlon init". Without any file "merlon start" runs the demo.',
  },
  CONFIG_UNREADABLE: {
    title: 'merlon.yaml cannot be read',
    meaning:
      'The file is larger than a configuration, is not UTF-8 text, is nested too deeply, or expands by YAML aliases to far more than it holds.',
    fix: 'Check that the path names your configuration, and write values out instead of using aliases.',
  },
  CONFIG_INVALID: {
    title: 'merlon.yaml holds something that Merlon does not know',
    meaning:
      'Each line of the message names a place as file:line:column. Unknown keys are errors, because a key that does nothing would look like a protection that is not there.',
    fix: 'Correct each place. docs/reference/configuration.md lists all keys; merlon.schema.json lets an editor check them.',
  },
  SECRET_MISSING: {
    title: 'A secret is not where the configuration says',
    meaning: 'The environment variable is not set, or the file cannot be read.',
    fix: 'Set the variable or write the file, readable by the user that runs the server.',
  },
  ENDPOINT_CHANGED: {
    title: 'The endpoint is not the one that the job was queued for',
    meaning:
      'A queued assessment names its endpoint; address, mapping and keys stand in the merlon.yaml of the worker. There it is missing, or declared otherwise, and half of a report would be of another model.',
    fix: 'Give all workers the same merlon.yaml and restart them, or start a new assessment.',
  },
  STATE_MISSING: {
    title: 'There is no state in that folder',
    meaning: 'The command reads what a server wrote, and no server has run on this folder.',
    fix: 'Run it beside merlon.yaml, or name the folder with --state or MERLON_STATE.',
  },
  STATE_UNUSABLE: {
    title: 'The state folder cannot be used',
    meaning:
      'It cannot be written, its parts do not belong together (such as a log without its key), or a file changed under a running server.',
    fix: 'Do what the message says; nothing was changed.',
  },
  ALREADY_RUNNING: {
    title: 'Another server runs on this state',
    meaning:
      'One process at a time writes the audit log. The message names the process and where it listens.',
    fix: 'Use that server, stop it, or start this one with another --state and --port.',
  },
  NOT_RUNNING: {
    title: 'No server runs on this state',
    meaning: 'What was asked for needs a running server.',
    fix: 'Start one with "merlon start".',
  },
  ADDRESS_IN_USE: {
    title: 'The address cannot be listened on',
    meaning: 'Another program has the port, or the host is not an address of this machine.',
    fix: 'Choose another port with --port or MERLON_PORT; 0 takes a free one.',
  },
  KEY_UNKNOWN: {
    title: 'There is no such API key',
    meaning: 'No key has that id, prefix or name.',
    fix: 'See all keys with "merlon key list".',
  },
  KEY_AMBIGUOUS: {
    title: 'Several API keys have that name',
    meaning: 'Revoking the wrong key would cut off somebody else, so nothing was done.',
    fix: 'Give the id that the message lists.',
  },
  KEY_DATE_INVALID: {
    title: 'The key would have expired already',
    meaning: 'The end of a key must lie in the future.',
    fix: 'Give a later time.',
  },
  FILE_EXISTS: {
    title: 'A file is already there',
    meaning: 'A sample project is written only where nothing would be overwritten.',
    fix: 'Choose an empty folder, or move the file away.',
  },
  WORKER_CRASHED: {
    title: 'A worker thread stopped',
    meaning:
      'Models run in threads of their own. One ended in the middle of its work; only that work failed, and a new thread takes its place.',
    fix: 'Try again. If it comes back, the model may need more memory than there is; run "merlon doctor".',
  },
  BACKEND_BUSY: {
    title: 'The model has too many requests waiting',
    meaning: 'The queue in front of a model is bounded, so that a burst cannot fill the memory.',
    fix: 'Ask again later, lower the route limits, or use a smaller model.',
  },
  BACKEND_TIMEOUT: {
    title: 'The model did not answer in time',
    meaning: 'The thread that was stuck has been replaced.',
    fix: 'Send smaller batches.',
  },
  BACKEND_CLOSED: {
    title: 'The model is not ready',
    meaning: 'Its thread is being replaced, or the server is stopping.',
    fix: 'Ask again in a moment.',
  },
  DEMO_INACCURATE: {
    title: "The demo's model did not learn",
    meaning:
      'The demo trains a model on digits that it draws and checks it on held-out ones; it was right less often than it should be.',
    fix: 'This is a fault of Merlon or of the machine: run "merlon doctor" and report it.',
  },
  NOT_LOGGED_IN: {
    title: 'There is no session',
    meaning: 'The cookie is missing, or the session has ended: 30 minutes unused, or 12 hours old.',
    fix: 'Open a login link. "merlon start" prints one, also while a server runs.',
  },
  LOGIN_REFUSED: {
    title: 'The login link is not valid',
    meaning: 'A login link works once, for 15 minutes.',
    fix: 'Run "merlon start" again in the same folder: it prints a new link for the running server.',
  },
  TOO_MANY_LOGINS: {
    title: 'Too many logins',
    meaning: 'An address may try ten times a minute.',
    fix: 'Wait as long as Retry-After says.',
  },
  CSRF_REFUSED: {
    title: 'The request does not carry the token of its session',
    meaning:
      'A changing request needs the header x-merlon-csrf, so that another site cannot send it in your name.',
    fix: 'Load the page again. A script takes csrfToken from GET /api/v1/session.',
  },
  ORIGIN_REFUSED: {
    title: 'The request comes from another site',
    meaning: 'The browser says that a page of another origin sent it.',
    fix: 'If you reach the server through a proxy, set listen.url to the address in your browser.',
  },
  HOST_REFUSED: {
    title: 'The server does not go by that name',
    meaning:
      'The Host header is neither a loopback name nor the configured one. A hostile page can make a browser ask this machine under its own name (DNS rebinding).',
    fix: 'Open http://127.0.0.1:PORT, or set listen.url.',
  },
  REQUEST_INVALID: {
    title: 'The request does not fit the API',
    meaning: 'The message names the part that does not.',
    fix: 'See docs/reference/http-api.md or GET /api/v1/openapi.json.',
  },
  BODY_TOO_LARGE: {
    title: 'The body is too large',
    meaning: 'Bodies of the API and of each route are bounded.',
    fix: 'Send less at once; a route has limits.bodyBytesMax.',
  },
  NOT_FOUND: {
    title: 'There is nothing there',
    meaning: 'The path, or the thing that it names, does not exist.',
    fix: 'See GET /api/v1/openapi.json for the paths.',
  },
  TOO_MANY_STREAMS: {
    title: 'Too many live views are open',
    meaning: 'Each open live view costs memory; their number is bounded.',
    fix: 'Close a tab.',
  },
}
