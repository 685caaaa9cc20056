import { describe, expect, it } from 'vitest';
import { errorsOf } from './fixture.ts';
import { renderTemplate, type Variables } from './templates.ts';

const render = async (text: string, variables: Variables = {}) =>
  await renderTemplate(text, 'f.liquid', variables);
const refused = async (text: string, variables: Variables = {}) =>
  (await errorsOf(render(text, variables))).map(
    ({ where, code, message, todo }) => `${where?.line}:${where?.column} ${code}: ${message} | ${todo}`,
  );

describe('renderTemplate', () => {
  it('fills in variables, with conditions, loops and filters', async () => {
    const text = '{% if big %}{{ name | upcase }}{% endif %}{% for i in (1..slots) %} {{ i }}{% endfor %}\n';
    expect(await render(text, { big: true, name: 'blue', slots: 3 })).toBe('BLUE 1 2 3\n');
  });

  it('leaves values as they are: files are not HTML, and a value is not a template', async () => {
    expect(await render('{{ a }}', { a: '<b> & {{ c }} {% x %}' })).toBe('<b> & {{ c }} {% x %}');
    expect(await render('{% raw %}{{ a }}{% endraw %}')).toBe('{{ a }}');
  });

  it('refuses unknown variables at their places, all at once, with a suggestion', async () => {
    const found = await refused('a\n  {{ clustr }}\n{{ other }}', { cluster: 'x' });
    expect(found).toEqual([
      '2:6 template/variable: The template uses the variable clustr, which the recipe does not have | Did you mean cluster?',
      '3:4 template/variable: The template uses the variable other, which the recipe does not have | Add it to variables: in the recipe.',
    ]);
  });

  it.each([
    ['an unknown filter', 'x {{ "a" | nofilter }}', '1:3 template/wrong'],
    ['an open tag', '{% if true %}', '1:1 template/wrong'],
    ['files of the host', '{% include "/etc/passwd" %}', 'tag "include" not found'],
    ['files of the host', '{% render "/etc/passwd" %}', 'tag "render" not found'],
    ['files of the host', '{% layout "/etc/passwd" %}', 'tag "layout" not found'],
    ['the clock', '{{ "now" | date: "%s" }}', 'undefined filter: date'],
    ['the clock', '{{ "now" | date_to_xmlschema }}', 'undefined filter'],
    ['chance', '{{ "a,b" | split: "," | sample }}', 'undefined filter: sample'],
    ['what JavaScript objects inherit', '{{ name.constructor.name }}', 'template/variable'],
    ['what JavaScript objects inherit', '{{ __proto__ }}', 'template/variable'],
    ['endless work', '{% for i in (1..100000000) %}{{ i }}{% endfor %}', 'template/limit'],
    ['large text', 'x'.repeat((1 << 20) + 1), 'template/limit'],
  ])('refuses %s', async (_, text, expected) => {
    expect((await refused(text, { name: 'x' }))[0]).toContain(expected);
  });

  it('gives the same text each time', async () => {
    const text = '{% assign l = "c,a,b" | split: "," | sort %}{{ l | join: "-" }}{{ n | times: 2 }}';
    expect(await render(text, { n: 4 })).toBe('a-b-c8');
    expect(await render(text, { n: 4 })).toBe('a-b-c8');
  });
});
