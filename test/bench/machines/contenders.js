// Ways to reach the other machines through one Redis, each behind the same few calls, in a worker of each machine.
// @ts-check
import { createBus } from '@muster/bus';
import { joinMachines } from '@muster/machines';
import { Redis } from 'ioredis';
import notepack from 'notepack.io';

/**
 * @typedef {object} Way
 * @property {(payload: object) => unknown} send to all others; what it gives is waited for
 * @property {(payload: object) => Promise<unknown>} [ask] the other machine, which answers with the same
 * @property {() => boolean} knows whether it knows of as many others as there are
 */

/**
 * @typedef {object} Setting
 * @property {string} url
 * @property {string} name of this machine
 * @property {number} others
 * @property {number} batch how many messages the bare ones put into a frame
 * @property {(payload: object) => void} heard
 */

/** @type {Record<string, (setting: Setting) => Promise<Way>>} */
export const contenders = {
  muster: overBus,
  lean,
  'streams adapter': streamsAdapter,
  'redis adapter': redisAdapter,
  'bare xadd': bareStream,
  'bare publish': barePublish,
};

/** In a worker of a cluster. @param {Setting} setting @returns {Promise<Way>} */
async function overBus({ others, heard }) {
  /** @type {import('@muster/bus').Bus<{ data: object }, { ask: (payload: unknown) => unknown }>} */
  const bus = createBus();
  bus.on('data', (payload) => heard(payload));
  bus.handle('ask', (payload) => payload);
  await bus.whenJoined();
  const other = () =>
    bus.members().find(({ machine, slot }) => machine !== bus.self.machine && slot === 0);
  return {
    send: (payload) => bus.broadcast('data', payload),
    ask: (payload) => bus.request(/** @type {any} */ (other()), 'ask', payload),
    knows: () => bus.members().filter(({ role }) => role === 'worker').length > others,
  };
}

/** A machine that is its primary alone. @param {Setting} setting @returns {Promise<Way>} */
async function lean({ url, name, others, heard }) {
  joinMachines({ url, name, group: 'lean' });
  /** @type {import('@muster/bus').Bus<{ data: object }>} */
  const bus = createBus();
  bus.on('data', (payload) => heard(payload));
  return {
    send: (payload) => bus.broadcast('data', payload),
    knows: () => bus.members().length > others,
  };
}

/** As @socket.io/redis-streams-adapter 0.3 does: an entry for each packet, read a hundred at a time.
 *
 * @param {Setting} setting @returns {Promise<Way>}
 */
async function streamsAdapter({ url, name, heard }) {
  const [writer, reader] = [new Redis(url), new Redis(url)];
  await readStream(reader, 'streams', (fields) => {
    const { uid, data = '' } = fields;
    if (uid !== name) heard(JSON.parse(data).packet.data[1]);
  });
  return {
    send(payload) {
      const packet = { type: 2, data: ['data', payload], nsp: '/' };
      const data = JSON.stringify({ packet, opts: { rooms: [], except: [], flags: {} } });
      const fields = ['uid', name, 'nsp', '/', 'type', '3', 'data', data];
      return writer.xadd('streams', 'MAXLEN', '~', 10_000, '*', ...fields);
    },
    knows: () => true,
  };
}

/** As @socket.io/redis-adapter 8 does: a PUBLISH for each packet, in MessagePack. @param {Setting} setting @returns {Promise<Way>} */
async function redisAdapter({ url, name, heard }) {
  const [publisher, subscriber] = [new Redis(url), new Redis(url)];
  subscriber.on('pmessageBuffer', (_pattern, _channel, message) => {
    const [uid, packet] = notepack.decode(message);
    if (uid !== name) heard(packet.data[1]);
  });
  await subscriber.psubscribe('socket.io#/#*');
  return {
    send(payload) {
      const packet = { type: 2, data: ['data', payload], nsp: '/' };
      const opts = { rooms: [], except: [], flags: {} };
      return publisher.publish('socket.io#/#', notepack.encode([name, packet, opts]));
    },
    knows: () => true,
  };
}

/** Frames of as many messages as Muster's entries have. @param {Setting} setting @returns {Promise<Way>} */
async function bareStream({ url, name, batch, heard }) {
  const [writer, reader] = [new Redis(url), new Redis(url)];
  await readStream(reader, 'bare', ({ from, data = '' }) => {
    if (from !== name) for (const payload of JSON.parse(data)) heard(payload);
  });
  const send = inFrames(batch, (frame) =>
    writer.xadd('bare', 'MAXLEN', '~', 10_000, '*', 'from', name, 'data', frame),
  );
  return { send, knows: () => true };
}

/** @param {Setting} setting @returns {Promise<Way>} */
async function barePublish({ url, name, batch, heard }) {
  const [publisher, subscriber] = [new Redis(url), new Redis(url)];
  /** @type {Map<number, (value: unknown) => void>} */
  const asked = new Map();
  let lastId = 0;
  subscriber.on('message', (channel, text) => {
    if (channel === 'data') {
      const { from, data } = JSON.parse(text);
      if (from !== name) for (const payload of data) heard(payload);
      return;
    }
    const { id, payload, back } = JSON.parse(text);
    if (back) void publisher.publish(back, JSON.stringify({ id, payload }));
    else asked.get(id)?.(payload);
  });
  await subscriber.subscribe('data', `of ${name}`);
  const send = inFrames(batch, (frame) =>
    publisher.publish('data', `{"from":"${name}","data":${frame}}`),
  );
  return {
    send,
    ask: (payload) =>
      new Promise((resolve) => {
        asked.set(++lastId, resolve);
        const message = { id: lastId, payload, back: `of ${name}` };
        void publisher.publish('of machine-1', JSON.stringify(message));
      }),
    knows: () => true,
  };
}

/** @param {number} batch @param {(frame: string) => unknown} send @returns {(payload: object) => void} */
function inFrames(batch, send) {
  /** @type {object[]} */
  let waiting = [];
  const flush = () => {
    if (waiting.length > 0) void send(JSON.stringify(waiting));
    waiting = [];
  };
  return (payload) => {
    if (waiting.push(payload) === 1) setImmediate(flush);
    if (waiting.length >= batch) flush();
  };
}

/** Settles when whatever is appended from now on will be read.
 *
 * @param {Redis} reader @param {string} key @param {(fields: Record<string, string>) => void} told
 */
async function readStream(reader, key, told) {
  const [newest] = await reader.xrevrange(key, '+', '-', 'COUNT', 1);
  void readFrom(newest?.[0] ?? '0-0', reader, key, told);
}

/** @param {string} last @param {Redis} reader @param {string} key @param {(fields: Record<string, string>) => void} told */
async function readFrom(last, reader, key, told) {
  for (;;) {
    const read = await reader.xread('COUNT', 100, 'BLOCK', 5_000, 'STREAMS', key, last);
    for (const [id, fields] of read?.[0]?.[1] ?? []) {
      last = id;
      /** @type {Record<string, string>} */
      const named = {};
      for (let at = 0; at < fields.length; at += 2)
        named[String(fields[at])] = String(fields[at + 1]);
      told(named);
    }
  }
}
