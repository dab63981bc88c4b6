/** Bounds on what a reader takes in. Passing one is DATASET_TOO_LARGE. */
export const limits = {
  /** Of one file as stored, and again after decompression. */
  fileBytesMax: 2 ** 30,
  /** Entries of a folder that are looked at. */
  folderEntriesMax: 1000,
  /** Of a compressed file, read to tell what it is: it inflates to at most 1032 times as much. */
  peekBytesMax: 4096,
  imageSideMax: 4096,
  /** Numbers in one table, label column included. */
  tableCellsMax: 100_000_000,
  tableColumnsMax: 20_000,
  /** Of one CSV record: an unclosed quote stops here. */
  recordCharsMax: 2 ** 20,
  /** Of an NPY header, as NumPy itself has it. */
  arrayHeaderBytesMax: 10_000,
  arrayRankMax: 32,
  /** Numbers of one array. */
  arrayNumbersMax: 2 ** 28,
  /** Files in an NPZ archive. */
  archiveEntriesMax: 10_000,
  /** Pictures or recordings of a data set, and their numbers in all. */
  mediaFilesMax: 100_000,
  mediaNumbersMax: 2 ** 28,
  /** Of one picture, told from its header before anything is decoded. */
  picturePixelsMax: 2 ** 26,
  soundSamplesMax: 2 ** 26,
  soundChannelsMax: 32,
  labelPatternCharsMax: 200,
  /** Of one page of a Parquet column after decompression, and of the thread that reads it. */
  parquetPageBytesMax: 2 ** 28,
  parquetHeapMb: 1024,
  parquetMs: 120_000,
  /** The largest class number in an array of labels. */
  classNumberMax: 65_535,
  /** More distinct labels than this is a column of numbers, not of classes. */
  classesMax: 1000,
} as const
