/**
 * An operation is what every face offers: the command line calls it directly or
 * over HTTP, the API mounts it, the reference of the API is made from it. One
 * object a file; `index.ts` lists them all.
 */
import type { z } from 'zod';
import type { Engine } from './engine.ts';

/** What a token may do: `reader` looks, `operator` changes nodes, images and builds, `admin` also tokens and secrets. */
export const SCOPES = ['reader', 'operator', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Operation<I extends z.ZodObject = z.ZodObject, O extends z.ZodType = z.ZodType> {
  /** `resource.verb`, such as `node.list`. */
  name: string;
  method: Method;
  /** Below `/api/v1`; `:name` is a key of `input`. What else `input` has is the query of GET and DELETE, the JSON body of others. */
  path: string;
  /** Least scope that may call it. */
  scope: Scope;
  /** One sentence without a full stop at its end. */
  summary: string;
  input: I;
  /** The answer has nothing that is not in here. */
  output: O;
  /** HTTP status of success. Default 200. */
  status?: 200 | 201 | 202;
  /** Most bytes of the body. Default 1 MiB. */
  bodyLimit?: number;
  /** Keys of the input that no log may have. */
  secret?: readonly string[];
  /** For lists: what is unlike in every item. Such answers come in pages. */
  key?(item: z.output<O> extends readonly (infer Item)[] ? Item : never): string;
  /** For documents: the strong validator that `If-Match` of a change is compared with. */
  etag?(output: z.output<O>): string;
  run(engine: Engine, input: z.output<I>): Promise<z.input<O>>;
}

/** Gives `run` its types. */
export function operation<I extends z.ZodObject, O extends z.ZodType>(one: Operation<I, O>): Operation<I, O> {
  return one;
}

/** Whether it changes something: such calls stand in the audit log. */
export function mutates({ method, scope }: Pick<Operation, 'method' | 'scope'>): boolean {
  return method !== 'GET' && scope !== 'reader';
}
