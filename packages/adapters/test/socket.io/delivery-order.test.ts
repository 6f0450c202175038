import { describe, expect, it } from 'vitest';
import { DeliveryOrder } from '../../dist/socket.io/delivery-order.js';

function orderOf() {
  const order = new DeliveryOrder();
  const got: (number | string)[] = [];
  return {
    order,
    got,
    offer: (...numbers: number[]) => {
      for (const number of numbers) order.offer(number, () => got.push(number));
    },
    follow: (name: string) => order.follow(() => got.push(name)),
  };
}

describe('the order of delivery', () => {
  it.each([
    [[4, 5, 6], [4, 5, 6], 6],
    [[6, 4, 5], [4, 5, 6], 6],
    [[4, 4, 5, 4], [4, 5], 5],
    [[2, 3, 4], [4], 4],
    [[5, 6], [], 3],
  ])('after 3, what arrives as %j is delivered as %j', (arriving, expected, delivered) => {
    const { order, got, offer } = orderOf();
    order.start(3);
    offer(...arriving);
    expect(got).toEqual(expected);
    expect(order.delivered).toBe(delivered);
  });

  it('keeps what arrives before the start', () => {
    const { order, got, offer } = orderOf();
    offer(6, 5);
    order.start(6);
    expect(got).toEqual([5, 6]);
    order.start(1);
    expect(order.delivered).toBe(6);
  });

  it('keeps the place of what has no number', () => {
    const { order, got, offer, follow } = orderOf();
    follow('before');
    order.start(3);
    follow('at once');
    offer(5);
    follow('behind 5');
    offer(7);
    follow('behind 7');
    expect(got).toEqual(['before', 'at once']);
    offer(4);
    expect(got).toEqual(['before', 'at once', 4, 5, 'behind 5']);
    offer(6);
    expect(got.slice(5)).toEqual([6, 7, 'behind 7']);
  });

  it('tells once of what it had not seen when it started', () => {
    const { order, got, offer } = orderOf();
    const late: number[] = [];
    const offerLate = (number: number) =>
      order.offer(
        number,
        () => got.push(number),
        () => late.push(number),
      );
    offer(6);
    order.start(7);
    for (const number of [5, 7, 5, 6, 3, 8]) offerLate(number);
    expect(got).toEqual([6, 7, 8]);
    expect(late).toEqual([5, 3]);
  });

  it('knows its gap', () => {
    const { order, got, offer } = orderOf();
    order.expect(9);
    expect(order.gap()).toBeUndefined();
    order.start(3);
    expect(order.gap()).toEqual({ from: 4, to: 9 });
    offer(7, 8);
    expect(order.gap()).toEqual({ from: 4, to: 6 });
    order.skipTo(7);
    expect(got).toEqual([7, 8]);
    expect(order.gap()).toEqual({ from: 9, to: 9 });
    offer(9);
    expect(order.gap()).toBeUndefined();
  });
});
