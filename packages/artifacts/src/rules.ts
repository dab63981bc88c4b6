import type { ErrorPage, Reference, Severity } from '@merlon/core'

/** What a file can be called; only `clean` lets a run end with exit code 0. */
export type FileVerdict = 'clean' | 'suspicious' | 'malicious' | 'invalid' | 'unscannable'

interface Rule extends ErrorPage {
  readonly severity: Severity
  readonly verdict: Exclude<FileVerdict, 'clean' | 'unscannable'>
  readonly references: readonly Reference[]
}

const deserialization: Reference = {
  catalogue: 'CWE',
  id: 'CWE-502',
  title: 'Deserialization of Untrusted Data',
}
const supplyChain: Reference = {
  catalogue: 'OWASP-ML',
  id: 'ML06:2023',
  title: 'AI Supply Chain Attacks',
}
const userExecution: Reference = { catalogue: 'ATLAS', id: 'AML.T0011', title: 'User Execution' }
const traversal: Reference = { catalogue: 'CWE', id: 'CWE-22', title: 'Path Traversal' }
const interpretation: Reference = {
  catalogue: 'CWE',
  id: 'CWE-436',
  title: 'Interpretation Conflict',
}
const validation: Reference = { catalogue: 'CWE', id: 'CWE-20', title: 'Improper Input Validation' }
const cve = (id: string, title: string): Reference => ({ catalogue: 'CVE', id, title })
const pickle = [deserialization, supplyChain, userExecution]

/** Every rule of the scanner: what it says of the file, why, and what to do. */
export const artifactRules = {
  'artifact/pickle-call': {
    severity: 'critical',
    verdict: 'malicious',
    title: 'loading this file would run code that no model needs',
    meaning:
      'A pickle is a program. This one calls, or brings in to be called, a function that reaches the machine: the standard library, a loader of further files, or a function of a framework that is not part of saving a model. The call happens while the file is loaded, before anything is checked.',
    fix: 'Do not load the file. Delete it, find out where it came from, and ask its author for safetensors or ONNX.',
    references: [
      ...pickle,
      cve('CVE-2019-6446', 'numpy.load with pickles'),
      cve('CVE-2025-32434', 'torch.load with weights_only'),
    ],
  },
  'artifact/pickle-unknown-call': {
    severity: 'high',
    verdict: 'suspicious',
    title: 'loading this file calls something that is not known to be harmless',
    meaning:
      'The pickle calls a name outside of the allow-list: code of a package that this scanner has not looked at, or the result of another call.',
    fix: 'Load it only if you trust the package named and its author; better, export the model to safetensors or ONNX.',
    references: pickle,
  },
  'artifact/pickle-unknown-name': {
    severity: 'medium',
    verdict: 'suspicious',
    title: 'this file needs code that is not known to be harmless',
    meaning:
      'The pickle imports a name outside of the allow-list without calling it. Importing a module runs its code, and methods of the class may run later.',
    fix: 'Check that the module is one you installed on purpose, or export the model to safetensors or ONNX.',
    references: pickle,
  },
  'artifact/pickle-code': {
    severity: 'high',
    verdict: 'suspicious',
    title: 'this file carries code by value',
    meaning:
      'The pickle holds compiled Python code (as cloudpickle, dill and marshal write it), which runs when the object is used or already when it is loaded.',
    fix: 'Get the source of the function and save weights only.',
    references: pickle,
  },
  'artifact/pickle-differs': {
    severity: 'medium',
    verdict: 'suspicious',
    title: 'readers of this pickle do not agree on what it says',
    meaning:
      'The stream uses a form that the C unpickler, the Python one and analysis tools read differently. Files saved by Python never do; it is a way to hide from scanners.',
    fix: 'Save the object again with a current Python, or do not use the file.',
    references: [...pickle, interpretation],
  },
  'artifact/pickle-invalid': {
    severity: 'medium',
    verdict: 'invalid',
    title: 'this is not a whole pickle',
    meaning:
      'The stream breaks off or cannot be read on. Everything before that place would already have run by the time Python notices.',
    fix: 'Fetch or save the file again.',
    references: [deserialization, supplyChain],
  },
  'artifact/unexplained-bytes': {
    severity: 'medium',
    verdict: 'suspicious',
    title: 'the file holds bytes that no format accounts for',
    meaning:
      'Before, between or after the parts that were read lie bytes that belong to none of them. A second file may hide there that another program finds.',
    fix: 'Save the model again; whoever needs the extra bytes should say what they are.',
    references: [interpretation, supplyChain],
  },
  'artifact/archive-ambiguous': {
    severity: 'high',
    verdict: 'suspicious',
    title: 'this archive reads differently in different programs',
    meaning:
      'Its directory and its members do not agree: a name, a length, a checksum, a flag, or the same name twice. One program sees the harmless view and another one loads the other. All views were scanned.',
    fix: 'Do not use the archive; pack the files again from a source that you trust.',
    references: [interpretation, supplyChain, cve('CVE-2025-10155', 'scanner bypass by file name')],
  },
  'artifact/archive-path': {
    severity: 'high',
    verdict: 'suspicious',
    title: 'a member of this archive would be written outside of its folder',
    meaning: 'The name is absolute, climbs with `..`, or the member is a link.',
    fix: 'Do not unpack the archive.',
    references: [traversal, supplyChain],
  },
  'artifact/executable': {
    severity: 'high',
    verdict: 'suspicious',
    title: 'a program lies where weights should be',
    meaning: 'The bytes begin as an executable file (ELF, PE, Mach-O) or a script does.',
    fix: 'Do not run it. A model does not need a program beside its weights.',
    references: [supplyChain, userExecution],
  },
  'artifact/file-invalid': {
    severity: 'medium',
    verdict: 'invalid',
    title: 'the file is damaged or not what it says',
    meaning: 'It begins as a known format does and breaks that format’s rules further on.',
    fix: 'Fetch or save the file again.',
    references: [validation, supplyChain],
  },
} as const satisfies Readonly<Record<string, Rule>>

/** The stable name of a rule. */
export type ArtifactRule = keyof typeof artifactRules
