import type { ErrorPage } from '@merlon/core'
import type { EngineErrorCode } from './errors.ts'

/** What `merlon explain CODE` prints for each error of the engine. */
export const engineErrorPages: Readonly<Record<EngineErrorCode, ErrorPage>> = {
  MODEL_NOT_FOUND: {
    title: 'The model file cannot be read',
    meaning: 'There is no file at that path, or this user may not read it.',
    fix: 'Check the path and its permissions. Relative paths start from the current folder.',
  },
  MODEL_UNREADABLE: {
    title: 'The file is not a usable ONNX model',
    meaning:
      'The bytes are not an ONNX model, are cut short, or contradict themselves (a tensor whose data does not fill its dimensions). Nothing of the file was run.',
    fix: 'Export the model to ONNX again and compare its SHA-256 with the one at its origin. A file that was made by git may be a pointer of Git LFS: fetch the real one.',
  },
  MODEL_TOO_LARGE: {
    title: 'The model is beyond a limit',
    meaning:
      'A file may have 2 GiB, 200,000 nodes, 200,000 initialisers 10,000 nodes in its functions, each as often as it is called, and the files beside it may hold 32 GiB. The limits protect from files made to exhaust memory or time.',
    fix: 'Quantise or split the model; export it without model-local functions.',
  },
  MODEL_REFUSED: {
    title: 'The runtime does not load the model',
    meaning:
      'The file is ONNX, but ONNX Runtime refuses its graph: an operator or a version that it does not know, or shapes that do not fit each other. The message carries its words.',
    fix: 'Check the model with the tool that exported it, or export it with an older opset.',
  },
  MODEL_CLOSED: {
    title: 'The model was closed',
    meaning: 'A call came after close(), which frees the model.',
    fix: 'Open the model again, or close it after the last call.',
  },
  MODEL_PROCESS_ENDED: {
    title: 'The process of a model ended by itself',
    meaning:
      'A model that runs in a process of its own was stopped from outside, ran out of memory, or crashed the runtime. Only its own questions fail.',
    fix: 'Open the model again. If it ends again on the same batch, try a smaller one, and check the model with the tool that exported it.',
  },
  EXTERNAL_DATA_UNSUPPORTED: {
    title: 'The weights lie outside the bytes that were given',
    meaning:
      'The model keeps tensors in files beside it (external data). Bytes alone have no folder in which those files could be.',
    fix: 'Open the model by its path, or save it as one file with the weights inside; that works up to 2 GiB.',
  },
  EXTERNAL_DATA_REFUSED: {
    title: 'The model asks for a file outside its folder',
    meaning:
      'Weights beside a model lie in its own folder. This one names an absolute path, a way out of the folder, a link that leads out of it, or something that is not a plain file: so a model file would read any file of this machine. Nothing was opened there.',
    fix: 'Do not use the file before you know where it comes from. If the weights are behind a link of your own, put the files themselves beside the model.',
  },
  UNSUPPORTED_SIGNATURE: {
    title: 'The model is not a classifier of float samples',
    meaning:
      'Attacks, labels and training need one float32 input [batch, ...sample] with a fixed sample shape, and a float32 output [batch, classes]. The message says what this model has instead. Raw inference still works.',
    fix: 'Export the part of the model that takes prepared samples and gives scores.',
  },
  PREPROCESSING_INVALID: {
    title: 'The preprocessing does not fit the model',
    meaning:
      'The steps under `models.NAME.preprocessing` of merlon.yaml, or in the metadata of the model file (the key merlon.preprocessing, or the standard keys Image.BitmapPixelFormat and Image.NominalPixelRange), do not lead to what the model takes: another count of channels, a picture step in front of a table, an unknown word. Figures with the wrong preprocessing would be about another model, so nothing was run.',
    fix: 'Compare the steps with `merlon model show MODEL`. An empty section, `preprocessing: {}`, says that the model takes samples as they are, whatever its metadata says.',
  },
  OPSET_UNSUPPORTED: {
    title: 'The opset is too old for gradients',
    meaning:
      'Gradient rules are written for opset 17 and newer. Graphs from opset 7 on are raised to it, except for a few operators whose meaning changed on the way; the message names the one that is in the way.',
    fix: 'Export the model again with opset 17, or attack it by its scores or labels.',
  },
  NO_GRADIENT_RULE: {
    title: 'An operator cannot be differentiated',
    meaning:
      'An operator between the input and the scores has no row in the table of gradient rules, or is used in a way that has no gradient. Merlon never takes such a gradient for zero: that would make a model look robust.',
    fix: 'Use attacks that need scores or labels only, or export the model without the operator that the message names.',
  },
  NO_GRADIENT_PATH: {
    title: 'The scores do not depend smoothly on the input',
    meaning:
      'Every way from the input to the scores goes through whole numbers or truth values, so that the gradient is zero everywhere. Trees and quantised models are like that.',
    fix: 'Use attacks that need scores or labels only.',
  },
  SAMPLES_MIXED: {
    title: 'No sample has a gradient of its own',
    meaning:
      'What the model answers for one sample depends on the others of its batch, as with batch normalisation in training mode. A bound on the norm of each sample would then say nothing, and a training that relies on it would not be private.',
    fix: 'Use group or layer normalisation, or export the model in evaluation mode, so that batch normalisation uses its stored statistics.',
  },
  INPUT_MISMATCH: {
    title: 'An input has the wrong name or type',
    meaning: 'The inputs given are not the ones that the model declares.',
    fix: 'Compare names and types with the signature of the model (`merlon model show`).',
  },
  SHAPE_MISMATCH: {
    title: 'A tensor has the wrong shape',
    meaning:
      'The data does not have the shape that the model takes, or shape and count of numbers contradict each other.',
    fix: 'Check that data set, preprocessing and model belong together.',
  },
  LABEL_OUT_OF_RANGE: {
    title: 'A label is not a class of the model',
    meaning: 'Labels count from 0 to one less than the classes of the model.',
    fix: 'Check that data set and model belong together, and that labels do not count from 1.',
  },
  BATCH_TOO_LARGE: {
    title: 'A batch is beyond a limit',
    meaning: 'The limit protects the memory of the process.',
    fix: 'Split the batch.',
  },
  RUN_FAILED: {
    title: 'The model failed while it ran',
    meaning:
      'ONNX Runtime loaded the graph but stopped while computing. The message carries its words.',
    fix: 'Try one sample with the tool that exported the model. If the batch size matters, export with a free batch size.',
  },
  PROVIDER_UNAVAILABLE: {
    title: 'The execution provider that was asked for is not here',
    meaning:
      'ONNX Runtime computes on the CPU everywhere, with CUDA on Linux and Windows, with CoreML on macOS, with DirectML (dml) on Windows. Merlon never takes the CPU silently where another was asked for: a figure of speed or a rounding would then be of something else.',
    fix: 'Run merlon doctor: it tries each provider. CUDA needs an NVIDIA driver, CUDA 12 and cuDNN 9, and the libraries that the install script of onnxruntime-node fetches (npm rebuild onnxruntime-node --ignore-scripts=false). Or leave the option out.',
  },
  ENDPOINT_INVALID: {
    title: 'The endpoint cannot be asked as it is declared',
    meaning:
      'The entry under `endpoints` of merlon.yaml does not say enough (a json endpoint needs mapping, shape and classes), or an Open Inference Protocol model does not take one FP32 input and give scores [n, classes] or labels.',
    fix: 'Complete the entry; `docs/guides/assess-an-endpoint.md` has one of each kind. For oip, compare with GET /v2/models/NAME.',
  },
  ENDPOINT_REFUSED: {
    title: 'The endpoint refuses the request',
    meaning:
      'It answered with a status that does not get better by asking again: 400 for a body that it does not take, 401 or 403 without a valid key, 404 for a wrong address, 3xx because redirects are not followed.',
    fix: 'Check address, protocol and mapping; give a key with --api-key-env NAME or `headers` in merlon.yaml, read from the environment or a file.',
  },
  ENDPOINT_BUSY: {
    title: 'The endpoint did not find time',
    meaning:
      'Every attempt was answered 429 or 5xx, or it asked to wait longer than five minutes. Each attempt waited longer than the one before.',
    fix: 'Lower `rate` and `concurrency` of the endpoint, or raise `retries`. Run the same command again: answers that came are not asked for twice.',
  },
  ENDPOINT_UNREACHABLE: {
    title: 'The endpoint cannot be reached',
    meaning:
      'No connection, an unknown name, a certificate that is not believed, or no answer in time, after every attempt.',
    fix: 'Check the address and that the service runs; raise `timeoutMs` for a slow one. Run the same command again to go on where it stopped.',
  },
  ENDPOINT_ANSWER_INVALID: {
    title: 'The answer of the endpoint is not what was asked for',
    meaning:
      'It is no JSON, too large or nested too deeply, has nothing at the declared path, another count of samples or classes, or numbers that are not finite. A figure from such an answer would be made up, so the run stops.',
    fix: 'Ask the endpoint by hand for one sample and compare with `mapping` (paths) and `classes`.',
  },
  JOURNAL_UNUSABLE: {
    title: 'Answers cannot be kept for a resumed run',
    meaning:
      'The journal lies in the state folder (journals/) and holds the answers of a run until it is done. It cannot be opened or written, or has reached 1 GiB.',
    fix: 'Check permissions and space of the state folder. A journal may be removed: its answers are then asked for again.',
  },
  NOTHING_TO_TRAIN: {
    title: 'The model has no parameters to learn',
    meaning: 'No float32 initialiser of the file has an influence on the scores.',
    fix: 'Export the model with its weights as initialisers, not as inputs or quantised constants.',
  },
  TRAINING_DIVERGED: {
    title: 'Training left the finite numbers',
    meaning: 'The loss of a step was infinite or not a number, so the parameters are of no use.',
    fix: 'Use a smaller learning rate, and check the data for NaN and for values far outside its range.',
  },
  ARCHITECTURE_INVALID: {
    title: 'The model cannot be built as asked',
    meaning:
      'The input shape, the count of classes or a width is not possible for this architecture.',
    fix: 'Use positive whole numbers, and pictures of at least 16 x 16 for lenet.',
  },
}
