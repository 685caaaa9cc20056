/** Runs operations on a server. */
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { checkInput } from '../../operations/call.ts';
import { toRequest } from '../../operations/http.ts';
import { ErrorBody, PAGE } from '../../operations/openapi.ts';
import type { Operation } from '../../operations/operation.ts';
import { SlipwayError } from '../../system/errors.ts';
import type { Sink } from '../../system/events.ts';
import { exchange } from './connect.ts';
import { fail } from './errors.ts';
import type { Remote } from './server.ts';

export interface RemoteCall {
  sink: Sink;
  signal?: AbortSignal;
}

/** The answer of an operation. @throws SlipwayError `operation/bad-input`, what the server says, and `remote/…` */
export async function callRemote<I extends z.ZodObject, O extends z.ZodType>(
  remote: Remote,
  one: Operation<I, O>,
  input: Readonly<Record<string, unknown>>,
  options: RemoteCall,
): Promise<z.output<O>> {
  // What is wrong here is wrong there; and what is nested without end cannot even be sent.
  checkInput(one, input);
  const answer = one.output.safeParse(await whole(remote, one, input, options));
  if (!answer.success)
    throw fail('protocol', { server: remote.name, reason: `an answer of another form to ${one.name}` });
  return answer.data;
}

/** A list is read page by page. */
async function whole(
  remote: Remote,
  one: Operation,
  input: Readonly<Record<string, unknown>>,
  options: RemoteCall,
): Promise<unknown> {
  const asked = toRequest(one, input);
  if (!one.key) return (await ask(remote, one, asked, options)).value;
  const items: unknown[] = [];
  let path: string | undefined = `${asked.path}${asked.path.includes('?') ? '&' : '?'}limit=${PAGE.most}`;
  while (path !== undefined) {
    const page = await ask(remote, one, { path }, options);
    if (!Array.isArray(page.value))
      throw fail('protocol', { server: remote.name, reason: 'a list was expected' });
    items.push(...(page.value as unknown[]));
    path = page.next;
  }
  return items;
}

async function ask(
  remote: Remote,
  { method }: Operation,
  asked: { path: string; body?: string },
  { sink, signal }: RemoteCall,
): Promise<{ value: unknown; next?: string }> {
  const answer = await exchange(remote, { method, ...asked, signal });
  const body = await text(answer);
  const value = parse(remote, body, answer.statusCode ?? 0);
  for (const message of noticesOf(answer.headers['slipway-notices']))
    sink({ event: 'notice', level: 'warning', message });
  const next = /<([^>]+)>; rel="next"/.exec(String(answer.headers.link ?? ''))?.[1];
  return { value, next };
}

/** The value, or the error that the server tells. */
export function parse(remote: Remote, body: string, status: number): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw fail('protocol', { server: remote.name, reason: `status ${status}, no JSON` }, { cause });
  }
  if (status >= 200 && status < 300) return value;
  const told = ErrorBody.safeParse(value);
  if (!told.success) throw fail('protocol', { server: remote.name, reason: `status ${status}` });
  throw asError(told.data, status);
}

type Told = Omit<z.output<typeof ErrorBody>, 'also'> & { also?: Told[] };

/** The error as it was raised on the server: same text, same exit code. */
function asError({ code, what, why, todo, where, also, exit }: Told, status: number): SlipwayError {
  return new SlipwayError(
    code,
    { what, why, todo, exit: exit ?? (status < 500 ? 2 : 1) },
    { where, also: also?.map((one) => asError(one, status)) },
  );
}

function noticesOf(header: string | string[] | undefined): string[] {
  try {
    const value: unknown = JSON.parse(decodeURIComponent(String(header ?? '[]')));
    return z.array(z.string()).parse(value);
  } catch {
    return [];
  }
}
