export { CorruptValueError, MusterError, UnsupportedValueError } from './errors.js';
