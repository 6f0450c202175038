// A command line for people, without anything that may be a secret.

/** Options whose value is hidden. */
const SECRET = /(?:pass|secret|token|key|auth|credential|cookie|session)/i;
const HIDDEN = '***';

/** The arguments, in which `***` replaces passwords in URLs and the values of options that sound like secrets. */
export function withoutSecrets(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    const before = args[index - 1] ?? '';
    // `--token value`, where `value` is not an option itself.
    if (/^--?[^=]+$/.test(before) && SECRET.test(before) && !arg.startsWith('-')) return HIDDEN;
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(arg) ?? [];
    if (name !== undefined && value && SECRET.test(name)) return `${name}=${HIDDEN}`;
    return arg.replaceAll(/:\/\/[^/@\s]*@/g, `://${HIDDEN}@`);
  });
}
