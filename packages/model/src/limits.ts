/** Every bound of the engine, in one place so that it can be reviewed. */
export const limits = {
  /** A protobuf message cannot be larger. */
  modelBytesMax: 2 ** 31 - 1,
  /** What the nodes of a derived graph may take of that. */
  gradientGraphBytesMax: 2 ** 28,
  /** Weights in files beside the model, all together and one tensor. */
  externalBytesMax: 2 ** 35,
  externalTensorBytesMax: 2 ** 32 - 1,
  /** Larger tensors are handed to the runtime beside the message that describes the graph. */
  inlineTensorBytesMax: 2 ** 16,
  graphNodesMax: 200_000,
  graphInitialisersMax: 200_000,
  /** Graphs within graphs (If, Loop) within graphs. */
  graphNestingMax: 16,
  /** Steps of a recurrent layer or loop that are written out. */
  unrolledStepsMax: 512,
  /** Nodes that one operator is written in for which the runtime may plan how values share memory. */
  plannedNodesMax: 400,
  /** Numbers that one run over an unrolled graph may hold at once: 128 Mi float32 are 512 MiB. */
  unrolledNumbersMax: 2 ** 27,
  /** Nodes of all functions, each as often as it is called: the runtime copies them, in time that grows with the square. */
  functionNodesMax: 10_000,
  /** Functions that call functions that call functions. */
  functionCallsMax: 64,
  tensorRankMax: 16,
  /** Numbers of a matrix that a rule puts into the graph (how an axis is resized, a diagonal). */
  ruleMatrixNumbersMax: 2 ** 24,
  /** Numbers of a tensor that is followed when arithmetic on shapes is done in advance. */
  foldedNumbersMax: 4096,
  /** Numbers of one sample that a score model may take: 16 Mi float32 are 64 MiB. */
  sampleNumbersMax: 2 ** 24,
  /** Numbers of one run's input where the file fixes the batch: 32 Mi float32 are 128 MiB. */
  fixedBatchNumbersMax: 2 ** 25,
  classesMax: 1_000_000,
  /** Sides of a picture that preprocessing may resize, and how many channels or features it may know one by one. */
  pictureSideMax: 4096,
  channelsMax: 100_000,
  /** Of the metadata of a file that says how its samples are prepared. */
  preprocessingCharsMax: 65_536,
  /** Rows of one batch that a caller may hand over. */
  batchRowsMax: 1_000_000,
  /** Rows of one run of the runtime; larger batches are split. */
  scoreChunkRowsMax: 256,
  gradientChunkRowsMax: 128,
  /** Numbers of one run's input: a run over large pictures takes few of them, because what lies between layers is larger still. */
  chunkNumbersMax: 2 ** 20,
  /** Numbers of the gradients that single samples have, where a run makes them: it then takes few samples. */
  perExampleNumbersMax: 2 ** 26,
  /** Numbers of one raw input tensor. */
  feedNumbersMax: 2 ** 28,
  /** Rows that travel to a model's process at once. */
  processRowsMax: 1024,
  trainBatchRowsMax: 65_536,
  endpointClassesMax: 100_000,
  /** Of one answer of an endpoint. */
  answerBytesMax: 64 * 2 ** 20,
  answerDepthMax: 32,
  /** Of a refusal, read to keep its connection. */
  answerDumpBytesMax: 65_536,
  endpointRetriesMax: 100,
  connectMs: 10_000,
  /** Pauses before a request is repeated double from the one to the other. */
  backoffMsMin: 100,
  backoffMsMax: 30_000,
  /** A longer Retry-After ends the run. */
  retryAfterMsMax: 300_000,
  /** Answers that a crashed run left. */
  journalBytesMax: 2 ** 30,
  journalAgeMsMax: 24 * 3_600_000,
  threadsMax: 256,
  /** Parameters that a builder may make. */
  builtParametersMax: 2 ** 28,
} as const
