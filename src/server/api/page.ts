/** Long lists in pieces: `limit` and `after`, and a Link header to the next one. RFC 8288 */
import { z } from 'zod';
import { fail as badInput } from '../../operations/errors.ts';
import { PAGE } from '../../operations/openapi.ts';
import type { Operation } from '../../operations/operation.ts';
import { fail } from './errors.ts';

const Page = z.object({
  limit: z.coerce.number().int().min(1).max(PAGE.most).default(PAGE.limit),
  after: z.string().max(300).optional(),
});

/** What part of the list is asked for; the query is left without it. @throws SlipwayError `operation/bad-input` */
export function takePage(one: Operation, query: URLSearchParams): z.output<typeof Page> {
  const asked = Page.safeParse({
    limit: query.get('limit') ?? undefined,
    after: query.get('after') ?? undefined,
  });
  if (!asked.success)
    throw badInput('bad-input', { operation: one.name, path: 'limit', message: `must be 1 to ${PAGE.most}` });
  query.delete('limit');
  query.delete('after');
  return asked.data;
}

/** @returns the items of the page, and after which one the next begins. @throws SlipwayError `api/stale-page` */
export function cutPage(
  one: Operation,
  all: readonly unknown[],
  { limit, after }: z.output<typeof Page>,
): { items: readonly unknown[]; next?: string } {
  const key = (item: unknown) => one.key?.(item as never) ?? '';
  const start = after === undefined ? 0 : all.findIndex((item) => key(item) === after) + 1;
  if (after !== undefined && start === 0) throw fail('stale-page', { after: JSON.stringify(after) });
  const items = all.slice(start, start + limit);
  return { items, next: start + limit < all.length ? key(items.at(-1)) : undefined };
}
