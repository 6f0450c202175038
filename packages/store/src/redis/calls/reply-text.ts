// What an error reply says, without what the script around it adds.

/**
 * Before Redis 7.0 the error of a command that a script ran came as one of
 *
 * - `ERR Error running script (call to f_…): @user_script:3: WRONGTYPE …`
 * - `ERR Error running script (call to f_…): @user_script:5: @user_script: 5: -READONLY …`
 * - `@user_script: 5: -OOM …`, of one of many calls in a script.
 */
const AROUND = /^(?:ERR Error running script \(call to \w+\): )?(?:@user_script: ?\d+: )*-?/;

/** Begins with the code of the error, as `WRONGTYPE`. */
export function replyText(error: Error): string {
  return error.message.replace(AROUND, '');
}
