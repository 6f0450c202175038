// What a client, or an app that trusts one, may hand to a session store.

/** Ids of any shape. */
export const IDS: [what: string, id: string][] = [
  ['empty', ''],
  ['1 MB long', 'x'.repeat(1024 ** 2)],
  ['with the separator of keys', 'session:a:b'],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['of control characters', '\0\r\n\t\u001b[2J'],
  ['a glob', '*'],
  ['with braces', '}{'],
  ['of half a surrogate pair', '\ud800'],
  ['far from ASCII', 'séssion-🛰️-⁧rtl'],
];

/** Ids that look alike. */
export const TWINS = ['a', 'A', 'a ', 'é', 'e\u0301', '\ud800', '\ud801', '\ufffd', 'a\0'];

/** Fields that JSON changes, or that a careless merge would fall for. */
export const FIELDS = {
  name: 'Ada',
  since: new Date(0),
  left: undefined,
  nothing: null,
  nan: Number.NaN,
  emoji: '👩🏽‍🚀 "quoted" \u2028 \ud800',
  cart: [{ sku: 1, tags: ['a'] }, undefined],
  form: JSON.parse('{"__proto__":{"admin":true},"constructor":1}') as object,
};

/** Values of a session's id in a cookie, before anyone signs it. */
export const COOKIE_IDS: [what: string, id: string][] = [
  ['__proto__', '__proto__'],
  ['a key of ours', 'head:{abc}'],
  ['a path', '../../etc/passwd'],
  ['half an escape', '%E0%A4%A'],
  ['long', 'x'.repeat(8_000)],
];
