import type { ErrorPage } from '@merlon/core'
import type { RefusalCode } from './gateway-error.ts'

/** What `merlon explain CODE` prints for the codes of the data plane. */
export const gatewayErrorPages: Readonly<Record<RefusalCode, ErrorPage>> = {
  NOT_FOUND: {
    title: 'There is nothing at this path',
    meaning:
      'The gateway answers the paths of the Open Inference Protocol below /v2 and nothing else.',
    fix: 'Ask /v2/models/NAME/infer to infer, /v2/models/NAME for what the model takes, /v2/health/ready for health.',
  },
  METHOD_NOT_ALLOWED: {
    title: 'The path does not answer this method',
    meaning:
      'Inference is a POST; everything else is a GET or a HEAD. The header allow lists what the path answers.',
    fix: 'Use a method that the header allow names.',
  },
  UNAUTHENTICATED: {
    title: 'No valid API key came with the request',
    meaning:
      'Everything but health needs an API key. The answer is the same for a missing, mistyped, unknown, revoked or expired key, so that a guessed one learns nothing; the audit record says which it was.',
    fix: 'Send "authorization: Bearer KEY" or "x-api-key: KEY". `merlon key create` makes a key, `merlon key list` shows which are valid.',
  },
  KEY_MALFORMED: {
    title: 'What was sent as API key is none',
    meaning:
      'The text has not the form of a key, or its checksum is wrong: it was mistyped or cut off. The client is told UNAUTHENTICATED.',
    fix: 'Copy the whole key, from mln_ to its last character, and send it once: two different keys in one request are refused too.',
  },
  KEY_UNKNOWN: {
    title: 'The API key was not issued here',
    meaning: 'The key is well-formed but none of this project. The client is told UNAUTHENTICATED.',
    fix: 'Check that the client talks to the right gateway. Repeated records of this kind from one address are somebody guessing.',
  },
  KEY_REVOKED: {
    title: 'The API key was revoked',
    meaning: 'Somebody still uses a key that was taken back. The client is told UNAUTHENTICATED.',
    fix: 'Give the client a new key if it should have one. If nobody should be using this key, it has leaked: look at its records.',
  },
  KEY_EXPIRED: {
    title: 'The API key has expired',
    meaning: 'The key was made with an end that is past. The client is told UNAUTHENTICATED.',
    fix: 'Make a new key with `merlon key create`.',
  },
  MODEL_UNKNOWN: {
    title: 'No such model is served here',
    meaning:
      'No route serves a model of this name and version. Without a valid key the answer is 401 instead, so that model names stay private.',
    fix: 'Look at `routes` in merlon.yaml, and at the spelling: names are case-sensitive and nothing is percent-decoded.',
  },
  FORBIDDEN: {
    title: 'The API key has no role for this route',
    meaning: 'A route names the roles that may use it, and the key has none of them.',
    fix: 'Use another key, make one with the role, or add a role of the key to the route in merlon.yaml.',
  },
  RATE_LIMITED: {
    title: 'The API key asks too often',
    meaning:
      'Each key has a budget per route: so many requests at once, refilled at so many a second.',
    fix: 'Wait for the seconds that retry-after names. If the budget is too small for honest use, raise limits.requestsPerSecond or limits.burst of the route.',
  },
  OVERLOADED: {
    title: 'Too many inferences are running',
    meaning:
      'The gateway takes a bounded number of inferences at once, so that memory and waiting stay bounded.',
    fix: 'Ask again after retry-after. If it happens often, the model is too slow for the traffic: put in more machines, or lower the rates.',
  },
  MEDIA_UNSUPPORTED: {
    title: 'The body is not plain JSON',
    meaning: 'Compressed bodies and the binary tensor extension are not read.',
    fix: 'Send the tensors as uncompressed JSON.',
  },
  BODY_TOO_LARGE: {
    title: 'The body is larger than the route takes',
    meaning:
      'A declared length is judged before a byte is read; a body without one is cut off at the bound. The connection is closed.',
    fix: 'Send fewer samples at once, or raise limits.bodyBytesMax of the route.',
  },
  BODY_TIMEOUT: {
    title: 'The body came too slowly',
    meaning:
      'A body that is not complete in time is given up, so that slow clients cannot hold places.',
    fix: 'Look at the network between client and gateway; send smaller bodies.',
  },
  CLIENT_GONE: {
    title: 'The client went away',
    meaning:
      'The connection ended before the answer, or the body broke off or was malformed on the way. Nothing was answered.',
    fix: 'If it happens often, the client’s own time limit is shorter than the model needs.',
  },
  BODY_NOT_JSON: {
    title: 'The body is not JSON',
    meaning:
      'The body is empty, is not UTF-8, or is not JSON. NaN and Infinity, which some writers emit, are no JSON.',
    fix: 'Send a JSON object with "inputs"; docs/reference/gateway.md shows one.',
  },
  JSON_TOO_DEEP: {
    title: 'The JSON nests too deeply',
    meaning: 'Nesting is bounded before anything is built from the body.',
    fix: 'Send the data of a tensor flat, or nested as its shape says.',
  },
  REQUEST_INVALID: {
    title: 'The body is no inference request',
    meaning:
      'Something that the Open Inference Protocol asks for is missing, has the wrong type, or names no input or output of the model.',
    fix: 'Compare the request with GET /v2/models/NAME, which lists the inputs with their types and shapes.',
  },
  DATATYPE_MISMATCH: {
    title: 'An input has the wrong datatype',
    meaning:
      'The declared datatype is not the one that the model takes. Nothing is converted silently.',
    fix: 'Send the datatype that GET /v2/models/NAME lists for the input.',
  },
  SHAPE_MISMATCH: {
    title: 'An input has the wrong shape',
    meaning: 'The shape does not fit the model, or the data do not fill the shape.',
    fix: 'Send the shape that GET /v2/models/NAME lists; -1 stands for any positive size. The data are flat in row-major order, or nested as the shape says.',
  },
  TENSOR_TOO_LARGE: {
    title: 'An input has too many elements',
    meaning: 'The number of elements of one tensor is bounded.',
    fix: 'Send fewer samples at once.',
  },
  ELEMENT_INVALID: {
    title: 'An element is no value of its datatype',
    meaning:
      'NaN, an infinity, null, a text, or a number outside the range stands in a tensor. Such values turn an answer into noise, and have been used to step around a model’s decision.',
    fix: 'The message names the input and the index, counted through the flat data. Clean the data before sending them.',
  },
  FILTER_BLOCKED: {
    title: 'A filter refused the request or the answer',
    meaning:
      'A protection of the route found something that must not pass. The audit record says which and why.',
    fix: 'Look at the record. If it was harmless, adjust the filter in merlon.yaml.',
  },
  FILTER_FAILED: {
    title: 'A filter broke, so the request was refused',
    meaning: 'A protection that cannot do its work does not let traffic through unseen.',
    fix: 'The audit record names the filter and its error. Repair it; the gateway serves again by itself.',
  },
  BACKEND_NOT_READY: {
    title: 'The model is not ready',
    meaning: 'The route exists, but its model is still loading, or failed to.',
    fix: 'Wait, then look at /v2/models/NAME/ready and at what `merlon start` printed about the model.',
  },
  BACKEND_FAILED: {
    title: 'The model failed',
    meaning:
      'The model threw or answered something that does not fit its own signature. The client is not told what, the audit record is.',
    fix: 'Look at the record. A request that fails every time points at the model; one that fails sometimes, at memory.',
  },
  OUTPUT_NOT_FINITE: {
    title: 'The model answered NaN or an infinity',
    meaning:
      'JSON cannot carry such a number and nobody should act on it, so the answer was held back.',
    fix: 'Look for an overflow or a division by zero in the model, and at the request that leads to it.',
  },
  DEADLINE_EXCEEDED: {
    title: 'The model did not answer in time',
    meaning: 'Filters and model together have a deadline.',
    fix: 'Send fewer samples at once, or give the model more machine.',
  },
  DRAINING: {
    title: 'The gateway is shutting down',
    meaning:
      'The request was still running when the time for finishing was over, so it was stopped.',
    fix: 'Ask again; another instance, or this one after its restart, will answer.',
  },
  AUDIT_UNAVAILABLE: {
    title: 'The audit log takes no record, so nothing is answered',
    meaning:
      'An answer leaves only after its record is written. While that fails, the gateway fails closed.',
    fix: 'Look at the disk under the state folder: is it full, read-only or gone? `merlon audit verify` says whether the log is whole.',
  },
  INTERNAL: {
    title: 'The gateway failed',
    meaning: 'A bug of ours. The request was refused, the record holds the message.',
    fix: 'Please report it with the record.',
  },
  REFUSALS_COUNTED: {
    title: 'Refusals were counted, not recorded one by one',
    meaning:
      'A caller was refused so often that a record for each refusal would let anyone fill the disk. One record opens the count and one closes it with the number per code. Admitted requests always have records of their own.',
    fix: 'Look at the caller that the record names: block the address in front of the gateway, or talk to the owner of the key.',
  },
}
