/** The bounds of this package, together so that they can be reviewed. */
export const limits = {
  /** A larger file is listed as not scanned. */
  fileBytesMax: 1024 * 2 ** 20,
  /** Containers inside containers. */
  depthMax: 6,
  /** All that one file may unpack to. */
  unpackedBytesMax: 512 * 2 ** 20,
  /** What one compressed stream may unpack to, as a multiple of its length; deflate reaches 1032. */
  ratioMax: 200,
  /** Below this length the ratio says nothing. */
  ratioBytesMin: 2 ** 20,
  membersMax: 20_000,
  pickleStackMax: 5_000_000,
  pickleMemoMax: 5_000_000,
  pickleStreamsMax: 1000,
  pickleOpcodesMax: 50_000_000,
  /** Longer module and attribute names are not names. */
  nameCharsMax: 1024,
  tupleItemsKept: 16,
  nestedBytesMax: 1000,
  findingsMax: 200,
  npyHeaderBytesMax: 2 ** 20,
  safetensorsHeaderBytesMax: 100 * 2 ** 20,
  filesMax: 100_000,
} as const
