// An order and its mail: both, or neither. The process may die at any moment in between.
import { createSharedStore } from '@muster/core';
import { createQueue } from '@muster/queue';

const store = createSharedStore();
const orders = store.namespace('orders');
const mail = createQueue({ store, name: 'mail' });

// The hash tag {mail} is the name of the queue. Only a Redis Cluster needs it.
const key = '7{mail}';
await orders.set(key, { to: 'ada@example.com', isPaid: false });

async function pay() {
  await orders.transaction([key], ([order], transaction) => {
    if (order.isPaid) return undefined; // nothing changes, and no mail is added
    mail.addIn(transaction, { to: order.to, text: 'Thank you' });
    return [{ ...order, isPaid: true }];
  });
}

// As when a payment provider calls twice at once.
await Promise.all([pay(), pay()]);
console.log(await orders.get(key));
console.log('mails:', (await mail.counts()).waiting);

await mail.close();
await store.close();
