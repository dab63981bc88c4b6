/**
 * Operators that depend on their inputs in steps: flat wherever a derivative exists. A gradient of zeros would make a
 * model look robust, so they stop the derivation with these words.
 */
export const flatOperators: Readonly<Record<string, string>> = {
  Sign: 'it is flat on both sides of 0',
  Floor: 'it is flat between whole numbers',
  Ceil: 'it is flat between whole numbers',
  Round: 'it is flat between whole numbers',
  Hardmax: 'it only marks the largest number, so it is flat until another one is larger',
  Bernoulli: 'it draws truth values, through which no gradient goes back',
  QuantizeLinear:
    'it rounds, so it is flat between its steps; use the model as it was before quantisation',
  DequantizeLinear: 'what it reads was rounded; use the model as it was before quantisation',
  DynamicQuantizeLinear: 'it rounds; use the model as it was before quantisation',
  QLinearConv: 'it computes on rounded numbers; use the model as it was before quantisation',
  QLinearMatMul: 'it computes on rounded numbers; use the model as it was before quantisation',
  ConvInteger: 'it computes on rounded numbers; use the model as it was before quantisation',
  MatMulInteger: 'it computes on rounded numbers; use the model as it was before quantisation',
}

const threshold = 'it is flat between its thresholds'
const classical = 'it is one of the classical models, which have no rule'

/** Why operators of the domain ai.onnx.ml end the way; most depend on their inputs in steps. */
export const classicalOperators: Readonly<Record<string, string>> = {
  TreeEnsemble: threshold,
  TreeEnsembleClassifier: threshold,
  TreeEnsembleRegressor: threshold,
  Binarizer: threshold,
  LinearClassifier: classical,
  LinearRegressor: classical,
  SVMClassifier: classical,
  SVMRegressor: classical,
  Normalizer: classical,
  Scaler: classical,
  Imputer: classical,
}

/**
 * Flat operators that formulas are made of (|x|^p sign(x), x - floor(x)): where another way leads to the scores too, the
 * derivative zero of their own way is the truth, and it is said. Those that round to fewer numbers are not among them.
 */
export const stepOperators: ReadonlySet<string> = new Set(['Sign', 'Floor', 'Ceil'])

/**
 * Operators that need no rule, because what they give is a truth value, a whole number or made of shapes alone:
 * the way back ends there, and rightly so.
 */
export const endingOperators: ReadonlySet<string> = new Set([
  'And',
  'ArgMax',
  'ArgMin',
  'ConstantOfShape',
  'Equal',
  'EyeLike',
  'Greater',
  'GreaterOrEqual',
  'IsInf',
  'IsNaN',
  'Less',
  'LessOrEqual',
  'NonZero',
  'Not',
  'Or',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
  'Shape',
  'Size',
  'Xor',
])
