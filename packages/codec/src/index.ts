export { type ClassOf, type RegisterClassOptions, registerClass } from './classes.js';
export { decode, encode } from './codec.js';
export {
  CorruptValueError,
  InvalidClassError,
  MusterError,
  UnsupportedValueError,
} from './errors.js';
export { fromWire, toWire, toWireText, type WireForm } from './wire.js';
