/**
 * Under PM2 with `wait_ready` an app says that it serves with `process.send('ready')`
 * (https://pm2.keymetrics.io/docs/usage/signals-clean-restart/). Here that is `ready()`.
 */
export function readyAsUnderPm2(ready: () => void): void {
  const { send } = process;
  if (!send) return;
  process.send = (message: unknown, ...rest: unknown[]) => {
    if (message === 'ready') ready();
    return Reflect.apply(send, process, [message, ...rest]);
  };
}
