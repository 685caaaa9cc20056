import {
  Clean,
  FileEntry,
  KernelStep,
  Pack,
  PackagesStep,
  RecipeSchema,
  RunStep,
  ServicesStep,
  Source,
  UserEntry,
} from '../../recipe/schema.ts';
import { code, heading, paragraph, type Block } from './document.ts';
import { jsonSchema, keys, type JsonSchema } from './schema.ts';

export function recipeReference(): Block[] {
  const recipe = jsonSchema(RecipeSchema);
  const own = {
    ...recipe,
    properties: pick(recipe, [
      'name',
      'description',
      'from',
      'source',
      'include',
      'variables',
      'steps',
      'date',
    ]),
  };
  return [
    heading('Recipes'),
    paragraph(
      'A recipe says where the root tree comes from and what changes it. It is YAML 1.2; unknown keys are errors, and all mistakes are told at once as `file:line:column`. `slipway recipe check` looks a recipe over; `slipway recipe schema` prints the JSON Schema for editors.',
    ),
    code(
      'name: web',
      'source:',
      '  debian:',
      '    suite: bookworm',
      'steps:',
      '  - packages: [systemd-sysv, openssh-server, nginx-light]',
      '  - files:',
      '      - to: /etc/motd',
      '        content: |',
      '          built by Slipway',
      '  - kernel:',
      '      package: linux-image-cloud-amd64',
    ),
    flat(own),
    heading('Sources', 2),
    paragraph('Exactly one below `source:`; or `from:` instead of a source.'),
    ...branches(jsonSchema(Source)),
    heading('Steps', 2),
    paragraph(
      'Each item of `steps:` has one of the keys below, and optionally `title`, which names it in progress lines.',
    ),
    ...step('packages', PackagesStep, 'Installs and removes packages. A plain list is what to install.'),
    ...step(
      'files',
      FileEntry,
      'Each item does one thing with one path, in the order given. The forms of an item:',
    ),
    ...step('run', RunStep, 'Runs a script in the sandbox. A plain text is the script.'),
    ...step('users', UserEntry, 'Makes and changes users; each item is one user.'),
    ...step('services', ServicesStep, 'Enables, disables and masks systemd units.'),
    ...step('kernel', KernelStep, 'Names the kernel and how it is started; makes the image bootable.'),
    heading('Cleaning', 2),
    paragraph('Below `clean:`. Removed before a layer is packed; everything is on by default.'),
    keys(jsonSchema(Clean)),
    heading('Packing', 2),
    paragraph('Below `pack:`.'),
    keys(jsonSchema(Pack)),
  ];
}

/** Top-level keys without going into what has its own heading. */
function flat(schema: JsonSchema): Block {
  const properties = Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, value]) => [
      name,
      name === 'source' || name === 'steps'
        ? {
            ...value,
            anyOf: undefined,
            items: undefined,
            properties: undefined,
            type: name === 'steps' ? 'array' : 'object',
          }
        : value,
    ]),
  );
  return keys({ ...schema, properties });
}

function pick(schema: JsonSchema, names: readonly string[]): Record<string, JsonSchema> {
  return Object.fromEntries(
    names.flatMap((name) => (schema.properties?.[name] ? [[name, schema.properties[name]]] : [])),
  );
}

/** A union of maps with one key each. */
function branches(schema: JsonSchema): Block[] {
  return (schema.anyOf ?? []).flatMap((branch) =>
    Object.entries(branch.properties ?? {}).flatMap(([name, value]) => [heading(name, 3), keys(value)]),
  );
}

function step(name: string, schema: Parameters<typeof jsonSchema>[0], about: string): Block[] {
  const json = jsonSchema(schema);
  const forms = json.anyOf ?? [json];
  return [
    heading(name, 3),
    paragraph(about),
    ...forms.flatMap((form, i) =>
      forms.length > 1 ? [paragraph(`Form ${i + 1}:`), keys(form)] : [keys(form)],
    ),
  ];
}
