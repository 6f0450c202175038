// A command line for people: what may be a secret in it is not shown.

/** Options whose value is nobody's business. */
const SECRET = /(?:pass|secret|token|key|auth|credential|cookie|session)/i;
const HIDDEN = '***';

/** The arguments, with `***` in the place of the values of options that sound like secrets, and of passwords in URLs. */
export function withoutSecrets(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    const before = args[index - 1] ?? '';
    // `--token value`, where `value` is no option itself.
    if (/^--?[^=]+$/.test(before) && SECRET.test(before) && !arg.startsWith('-')) return HIDDEN;
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(arg) ?? [];
    if (name !== undefined && value && SECRET.test(name)) return `${name}=${HIDDEN}`;
    return arg.replaceAll(/:\/\/[^/@\s]*@/g, `://${HIDDEN}@`);
  });
}
