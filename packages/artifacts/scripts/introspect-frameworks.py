"""Writes src/policy/introspected.ts: which names a harmless pickle uses, as the installed libraries define them.

Run by hand with the Python that has the libraries:
    /usr/bin/python3 packages/artifacts/scripts/introspect-frameworks.py > packages/artifacts/src/policy/introspected.ts
A name whose library is not installed is written as `not introspected`, with the kind given here.
"""
import importlib
import inspect
import sys
import warnings

warnings.simplefilter("ignore")

# (module, classes, functions) that pickling plain data of the library produces.
SEEDS = [
    ("builtins", "object set frozenset bytearray bytes complex list dict tuple int float bool str slice range", ""),
    ("collections", "OrderedDict defaultdict Counter deque", ""),
    ("copyreg", "", "_reconstructor"),
    ("_codecs", "", "encode"),
    ("datetime", "date time datetime timedelta timezone", ""),
    ("decimal", "Decimal", ""),
    ("fractions", "Fraction", ""),
    ("uuid", "UUID", ""),
    ("pathlib", "PurePosixPath PureWindowsPath PosixPath WindowsPath", ""),
    ("numpy", "ndarray dtype bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128 matrix", ""),
    ("numpy.core.multiarray", "", "_reconstruct scalar"),
    ("numpy._core.multiarray", "", "_reconstruct scalar"),
    ("numpy.core.numeric", "", "_frombuffer"),
    ("numpy._core.numeric", "", "_frombuffer"),
    ("numpy.ma.core", "MaskedArray", "_mareconstruct"),
    ("numpy.random._pickle", "", "__randomstate_ctor __generator_ctor __bit_generator_ctor"),
    ("numpy.random._mt19937", "MT19937", ""),
    ("numpy.random._pcg64", "PCG64", ""),
    ("scipy.sparse._csr", "csr_matrix csr_array", ""),
    ("scipy.sparse._csc", "csc_matrix csc_array", ""),
    ("scipy.sparse._coo", "coo_matrix coo_array", ""),
    ("scipy.sparse.csr", "csr_matrix", ""),
    ("torch", "Size device dtype float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 bool FloatStorage DoubleStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage CharStorage ByteStorage BoolStorage ComplexFloatStorage ComplexDoubleStorage", ""),
    ("torch._utils", "", "_rebuild_tensor _rebuild_tensor_v2 _rebuild_parameter _rebuild_sparse_tensor _rebuild_qtensor"),
    ("torch.storage", "TypedStorage UntypedStorage", ""),
    ("torch.nn.parameter", "Parameter Buffer", ""),
    ("joblib.numpy_pickle", "NumpyArrayWrapper", ""),
    ("pandas.core.frame", "DataFrame", ""),
    ("pandas.core.series", "Series", ""),
    ("pandas.core.indexes.base", "Index", "_new_Index"),
    ("pandas.core.indexes.range", "RangeIndex", ""),
    ("pandas.core.internals.managers", "BlockManager SingleBlockManager", ""),
    ("pandas._libs.internals", "", "_unpickle_block"),
    ("xgboost.sklearn", "XGBClassifier XGBRegressor XGBRanker", ""),
    ("xgboost.core", "Booster", ""),
    ("lightgbm.basic", "Booster", ""),
    ("lightgbm.sklearn", "LGBMClassifier LGBMRegressor LGBMRanker", ""),
]


def kind_of(module, name, said):
    """`class`, `function`, or None where the library is there and lacks the name."""
    try:
        value = getattr(importlib.import_module(module), name)
    except AttributeError:
        return None, True
    except Exception:
        return said, False
    return ("class" if inspect.isclass(value) or said == "class" else "function"), True


def estimators():
    """Every public estimator of scikit-learn, and the compiled parts that trees and neighbours hold."""
    try:
        from sklearn.utils import all_estimators
    except Exception:
        return []
    rows = {}
    for name, cls in all_estimators():
        rows.setdefault(cls.__module__, set()).add(name)
    rows.setdefault("sklearn.tree._tree", set()).add("Tree")
    return sorted((module, " ".join(sorted(names)), "") for module, names in rows.items())


def write():
    print("/** Written by scripts/introspect-frameworks.py; what a harmless pickle names, by module. */")
    print("export type AllowedNames = readonly [")
    print("  classes: string,")
    print("  functions: string,")
    print("  /** Said where the library was not installed when the table was made. */")
    print("  origin?: 'not introspected',")
    print("]")
    print()
    print("/** Names by module, separated by spaces. */")
    print("export const introspected: Readonly<Record<string, AllowedNames>> = {")
    for module, classes, functions in SEEDS + estimators():
        found = {"class": [], "function": []}
        certain = True
        for said, names in (("class", classes), ("function", functions)):
            for name in names.split():
                kind, is_known = kind_of(module, name, said)
                certain = certain and is_known
                if kind is not None:
                    found[kind].append(name)
        if not found["class"] and not found["function"]:
            continue
        parts = [f"'{' '.join(found[kind])}'" for kind in ("class", "function")]
        if not certain:
            parts.append("'not introspected'")
        print(f"  '{module}': [{', '.join(parts)}],")
    print("}")
    print()
    names = sorted(name for name in sys.stdlib_module_names)
    print("/** The top-level modules of Python's standard library, all of which can reach the machine. */")
    print(f"export const standardModules = '{' '.join(names)}'")


write()
