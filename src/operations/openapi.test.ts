import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { pathKeys } from './http.ts';
import { operations } from './index.ts';
import { openApi } from './openapi.ts';
import { mutates, SCOPES } from './operation.ts';

test('the description is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const result = await validator.validate(openApi());
  expect(result.errors ?? []).toEqual([]);
  expect([result.valid, validator.version]).toEqual([true, '3.1']);
});

test('the validator finds what is wrong', async () => {
  const broken = { ...openApi(), paths: { '/x': { get: { responses: { default: 7 } } } } };
  expect((await new Validator().validate(broken)).valid).toBe(false);
});

test('every reference leads somewhere', () => {
  const document = openApi();
  for (const [, path = ''] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    let here: unknown = document;
    for (const key of path.split('/')) here = (here as Record<string, unknown> | undefined)?.[key];
    expect(here, path).toBeTypeOf('object');
  }
});

test('names and routes are unique; keys of the path are in the input', () => {
  const names = operations.map((one) => one.name);
  expect(new Set(names).size).toBe(names.length);
  const routes = operations.map((one) => `${one.method} ${one.path.replace(/:\w+/g, ':')}`);
  expect(new Set(routes).size).toBe(routes.length);
  for (const one of operations) {
    for (const key of pathKeys(one.path)) expect(Object.keys(one.input.shape), one.name).toContain(key);
    expect(one.summary, one.name).toMatch(/^[A-Z].*[^.]$/);
    expect(SCOPES).toContain(one.scope);
    // What a reader may call changes nothing, whatever its method.
    if (one.method === 'DELETE' || one.method === 'PUT' || one.method === 'PATCH')
      expect(mutates(one), one.name).toBe(true);
  }
});
