/**
 * Stops the main thread in two stages: a flag the runtime reads at each operator, which throws where `finally` still runs;
 * then, if the thread does not come back, V8's own termination through the inspector. The session's variables survive both.
 */
import { Session } from "node:inspector";
import { Shared } from "../channel.ts";

/** How long the main thread may take to come back by itself, in ms. */
const patience = 25;
/** How long it may take once a tensor operator has seen the flag: its `finally` blocks run meanwhile. */
const patienceOnceSeen = 250;
/** How often an interrupt that was lost in a termination is repeated, in ms. */
const repeatEvery = 50;

let session: Session | null = null;

/** The worker's inspector session on the main thread: interrupts, and debugs. */
export function mainSession(): Session {
  if (session === null) {
    session = new Session();
    session.connectToMainThread();
  }
  return session;
}

/** Must be called before the process ends: Node waits for a debugger to disconnect. */
export function disconnectMain(): void {
  session?.disconnect();
  session = null;
}

/** Posts an interrupt message to the main thread. */
type Post = () => void;

/** Settles when the main thread has acknowledged; by then nothing of the interrupt is left in flight. */
export async function interruptMain(
  shared: Int32Array,
  connect: (onAcknowledge: () => void) => Post,
): Promise<void> {
  const acknowledged = signal();
  const post = connect(acknowledged.give);
  Atomics.store(shared, Shared.interrupt, 1);
  // A synchronous prompt waits here; it finds the interrupt flag when it wakes.
  Atomics.store(shared, Shared.prompt, 1);
  Atomics.notify(shared, Shared.prompt);
  post();
  await acknowledged.within(patience);
  if (!acknowledged.given && Atomics.load(shared, Shared.interrupt) === 0)
    await acknowledged.within(patienceOnceSeen);
  while (!acknowledged.given && Atomics.load(shared, Shared.loading) === 1)
    await acknowledged.within(repeatEvery);
  while (!acknowledged.given) {
    const terminated = signal();
    mainSession().post("Runtime.terminateExecution", terminated.give);
    // A termination that meets an idle thread kills the next thing it runs; repeated interrupts make sure it is one of them.
    while (!terminated.given) {
      await terminated.within(repeatEvery);
      post();
    }
    await acknowledged.within(repeatEvery);
  }
}

/** Something that happens once, and that one can wait for with patience. */
function signal() {
  let resolve: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  const self = {
    given: false,
    give: (): void => {
      self.given = true;
      resolve();
    },
    within: (ms: number): Promise<void> =>
      new Promise((settle) => {
        const timer = setTimeout(settle, ms);
        promise.then(() => {
          clearTimeout(timer);
          settle();
        });
      }),
  };
  return self;
}
