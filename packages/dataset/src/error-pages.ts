import type { ErrorPage } from '@merlon/core'
import type { DatasetErrorCode } from './dataset-error.ts'

/** What `merlon explain` prints for each code of this package. */
export const datasetErrorPages: Readonly<Record<DatasetErrorCode, ErrorPage>> = {
  DATASET_NOT_FOUND: {
    title: 'there is nothing at the path of the data set',
    meaning: 'Neither a file nor a folder has that name. Paths are relative to the current folder.',
    fix: 'Check the spelling and the current folder, or give an absolute path.',
  },
  DATASET_UNREADABLE: {
    title: 'the operating system refused to read the data set',
    meaning:
      'The path exists, but it cannot be opened: permissions, a disk error, or something that is not a file or folder, such as a pipe.',
    fix: 'Make it readable for the user that runs Merlon, or copy it into a regular file.',
  },
  DATASET_UNWRITABLE: {
    title: 'the data set could not be written',
    meaning: 'The folder could not be made or a file in it could not be written.',
    fix: 'Check permissions and free space, or name another folder.',
  },
  DATASET_EMPTY: {
    title: 'there are no samples',
    meaning:
      'The folder holds no data set, or the data set holds no sample. Nothing was measured, and nothing measured is never a clean result.',
    fix: 'Give a folder with NAME-images-idx3-ubyte and NAME-labels-idx1-ubyte (each may end in .gz), a CSV file with a label column, or arrays (NPY, NPZ).',
  },
  DATASET_AMBIGUOUS: {
    title: 'the folder holds several data sets',
    meaning:
      'Merlon does not guess which of them is meant: the figures of a report belong to one named data set.',
    fix: 'Give the path of one file instead of the folder, or choose a split with --split test or --split train.',
  },
  DATASET_SPLIT_MISSING: {
    title: 'the data set has no such split',
    meaning:
      'Splits are told by file name: t10k and test mean test, train means train. Without --split, test is taken if it is there and train otherwise.',
    fix: 'Leave --split out, choose the other split, or give the path of the file itself.',
  },
  DATASET_FORMAT_UNKNOWN: {
    title: 'the file is not in a format that Merlon reads',
    meaning:
      'Files are told by their content: IDX files of unsigned bytes (images with three dimensions, labels with one) UTF-8 CSV text, and NumPy arrays (NPY, NPZ), each plain or compressed with gzip. Folders may hold PNG and JPEG pictures or WAV recordings, one folder per class.',
    fix: 'Convert the samples to one of these, or give the path of the right file.',
  },
  DATASET_TYPE_REFUSED: {
    title: 'the array does not hold plain numbers',
    meaning:
      'Arrays are read if they hold floats of 32 or 64 bits, integers or truth values. An array of Python objects is a pickle, which runs code when it is read; Merlon never reads one. Structured, complex and text arrays have no place in a model input.',
    fix: "Convert the array and save it again: numpy.save(path, array.astype('float32')).",
  },
  DATASET_TRUNCATED: {
    title: 'the file ends too early',
    meaning:
      'An IDX header says how many bytes follow, and a gzip stream says where it ends. This file has less than that, as after an interrupted download.',
    fix: 'Fetch the file again and compare its SHA-256 with that of its source.',
  },
  DATASET_CORRUPT: {
    title: 'the content of the file contradicts itself',
    meaning:
      'A gzip checksum does not hold, an IDX file has more bytes than its header says, or CSV quotes do not match. Merlon does not guess what was meant.',
    fix: 'Fetch or export the file again; for CSV, look at the line that the message names.',
  },
  DATASET_TOO_LARGE: {
    title: 'the data set passes a limit',
    meaning:
      'Every reader has bounds on bytes before and after decompression, on picture sides, rows, columns and fields, so that a hostile file cannot take the machine down.',
    fix: 'Cut the data set down: an assessment draws a sample of it anyway.',
  },
  DATASET_LABELS_MISSING: {
    title: 'the samples have no labels',
    meaning:
      'Accuracy and attacks need the true class of each sample. Labels of IDX images are the file of the same name with labels-idx1 in place of images-idx3; those of an array are an array of their own.',
    fix: 'Put the labels file beside the images file, or name the labels of an array with --labels.',
  },
  DATASET_COUNT_MISMATCH: {
    title: 'images and labels differ in number',
    meaning: 'The files are not a pair: each image has exactly one label.',
    fix: 'Take both files from the same release of the data set.',
  },
  DATASET_SHAPE_UNEVEN: {
    title: 'the files of the data set do not have one shape',
    meaning:
      'A model takes samples of one shape. Pictures must have one size, recordings one sample rate; recordings that are shorter than the longest end in silence.',
    fix: 'Convert the files, or say `size: [height, width]` for pictures and `length: N` for recordings under `datasets.NAME` in merlon.yaml.',
  },
  DATASET_ROW_UNEVEN: {
    title: 'a row of the table has another number of columns',
    meaning:
      'Each row has a value for each column. A row that differs is usually a stray delimiter, an unquoted comma or a line of text above the table.',
    fix: 'Mend the row that the message names, or export the table again with quotes.',
  },
  DATASET_NOT_NUMERIC: {
    title: 'a feature is not a number',
    meaning:
      'Features are finite decimal numbers. Text categories, empty cells and question marks have no place in a numeric model input, and Merlon does not invent an encoding.',
    fix: 'Encode the column as the model was trained with it, drop it, or name the label column with --labels if this column is the label.',
  },
  DATASET_COLUMN_UNKNOWN: {
    title: 'there is no such label column',
    meaning:
      'The label column is named by its heading or by its number, where the first column is 1. Without a name it is the last one.',
    fix: 'Use one of the headings, or a number from 1 to the number of columns.',
  },
  DATASET_NOT_CLASSES: {
    title: 'the label column does not hold classes',
    meaning:
      'There are so many distinct values that the column is a measurement rather than a class. Merlon assesses classifiers.',
    fix: 'Name the column of classes with --labels.',
  },
}
