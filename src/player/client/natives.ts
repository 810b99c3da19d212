/**
 * What the browser itself can do, taken before any course runs: a course shares our window and may replace whatever it finds
 * there (see door.ts). What is in here needs no look-up afterwards, not even of `call`.
 */
export function plain<This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
): (self: This, ...args: Args) => Result {
  return Function.prototype.call.bind(method) as (self: This, ...args: Args) => Result;
}

/** The getter of a property. */
export function getter<This extends object, Name extends keyof This & string>(
  prototype: This,
  name: Name,
): (self: This) => This[Name] {
  const { get } = Object.getOwnPropertyDescriptor(prototype, name)!;
  return plain(get as (this: This) => This[Name]);
}

const withoutPrototype = Object.setPrototypeOf;

/** An object that inherits nothing: a trap on Object.prototype does not hear what the browser looks for in it. */
export function bare<T extends object>(value: T): T {
  return withoutPrototype(value, null) as T;
}
