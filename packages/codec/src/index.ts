export { decode, encode } from './codec.js';
export {
  CorruptValueError,
  InvalidClassError,
  InvalidOptionError,
  MusterError,
  UnsupportedValueError,
} from './errors.js';
export { addFlatCopy, jsonOfFlatCopies, MAX_FLAT_COPY_CHARS } from './plain/flat-copy.js';
export { type ClassOf, type RegisterClassOptions, registerClass } from './rich/classes.js';
export { fromWire, toWire, toWireText, type WireForm } from './wire.js';
