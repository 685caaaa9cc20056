import type { Sink } from '../../system/events.ts';

/** A way to show events. `close` leaves the terminal as it was found; results are printed after it. */
export interface Renderer {
  sink: Sink;
  close: () => void;
  /** Leaves the screen to `during`, such as a prompt, and shows what happened meanwhile afterwards. */
  aside?: <T>(during: () => Promise<T>) => Promise<T>;
}

/** Where a renderer writes. */
export interface Screen {
  write(text: string): void;
  /** Width and height now; they change when the window does. */
  size(): { columns: number; rows: number };
}
