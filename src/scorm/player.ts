// What the browser and the server use of the engine, in one place. Pure: no DOM, no Node, no store.

export { isRunning } from './activity.ts';
export { controlsOf, entriesOf, mayChoose } from './contents.ts';
export { choose, entriesAhead } from './foresight.ts';
export { isLeftOpen } from './open-ended.ts';
export { progressOf } from './outcome.ts';
export { spentIn } from './time.ts';
export { apply } from './replay.ts';
export { destinationOf, type Destination } from './destination.ts';
export { openSession, type Session } from './session.ts';
export { carriedFrom, newState, sharesWithOthers } from './state.ts';
export { mayOpen, requestOf, type WayRequest } from './way.ts';
export { whyClosed, type Closed } from './way-on.ts';
