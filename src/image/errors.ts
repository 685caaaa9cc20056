import { defineErrors } from '../system/errors.ts';

/** The errors of the catalog. */
export const fail = defineErrors('image', {
  unknown: {
    what: 'There is no image {ref} in the catalog',
    why: 'An image is named NAME, NAME:latest, NAME:NUMBER, NAME:TAG, or by its digest.',
    todo: '{near}See what there is: slipway image ls.',
    exit: 2,
  },
  ambiguous: {
    what: '{ref} stands for more than one image: {all}',
    why: 'The beginning of a digest must leave one image only.',
    todo: 'Give more of its digits, or the name.',
    exit: 2,
  },
  'bad-reference': {
    what: '{ref} is not an image reference',
    why: 'References are NAME, NAME:TAG, NAME:NUMBER or sha256:DIGITS.',
    todo: 'Write it like debian-minimal:latest or debian-minimal:3.',
    exit: 2,
  },
  'bad-digest': {
    what: '{digest} is not a digest',
    why: 'Blobs are named sha256: and 64 hexadecimal digits.',
    todo: 'See the digests: slipway image show IMAGE.',
    exit: 2,
  },
  'bad-tag': {
    what: '{tag} cannot be a tag',
    why: '{reason}',
    todo: 'Choose a word such as production or tested-2026-03.',
    exit: 2,
  },
  'bad-name': {
    what: '{name} cannot be the name of an image',
    why: 'It would look like a digest.',
    todo: 'Choose another name.',
    exit: 2,
  },
  'no-tag': {
    what: '{name} has no tag {tag}',
    why: 'Only a tag that exists can be removed; numbers are no tags.',
    todo: '{near}See the tags: slipway image history {name}.',
    exit: 2,
  },
  exists: {
    what: 'There is an image {name} already',
    why: 'A clone makes a new image; it never changes one that exists.',
    todo: 'Choose another name, or remove the old image: slipway image rm {name}.',
    exit: 2,
  },
  published: {
    what: '{ref} is published in mode {mode}',
    why: 'What the mode made of it would be left without its image.',
    todo: 'Take that back first: slipway unpublish {ref} --mode {mode}.',
  },
  'bad-publication': {
    what: 'The record {path} of a publication cannot be read',
    why: 'It says which blobs a mode needs; without it none may be collected. Slipway replaces such files as a whole: something else wrote to it.',
    todo: 'Remove the file, and publish the image again.',
  },
  'bad-size': {
    what: '{size} is no size',
    why: 'Sizes are whole MiB (1500), MiB with M (1500M), GiB with G (1.5G), or auto.',
    todo: 'Write it like 1500M or 1.5G, or auto for the least that fits.',
    exit: 2,
  },
  'size-limits': {
    what: 'A size of {size} is out of limits',
    why: 'The root of an image may have {minimum} to {maximum} MiB.',
    todo: 'Choose a size between them, or auto for the least that fits.',
    exit: 2,
  },
  'too-small': {
    what: '{ref} does not fit into {wanted} MiB: it uses {used} MiB, and needs at least {least} MiB',
    why: 'It has {files} files; a node must also be able to write 32 MiB. Nothing was changed.',
    todo: 'Give it {least}M or more, or auto; or make it smaller: fewer packages, exclude in the source.',
  },
  'no-previous': {
    what: '{name} has no generation before {number}',
    why: 'Rolling back moves the tag latest to an older generation.',
    todo: 'Name the generation: slipway image rollback {name}:NUMBER. See them: slipway image history {name}.',
    exit: 2,
  },
  'in-use': {
    what: '{ref} is assigned to {nodes}',
    why: 'Those nodes could not boot any more.',
    todo: 'Give them another image first: slipway boot set -n NODES -i IMAGE. Trees in mode nfs, too: slipway nfs refresh, slipway nfs rm.',
  },
  'being-made': {
    what: '{name} is in creation',
    why: 'It is the {work}, process {process}.',
    todo: 'Wait until that has ended, or end it; then run the command again.',
  },
  'missing-blob': {
    what: 'The blob {digest} of {ref} is not in the catalog',
    why: 'It was never put there, was collected as unused, or was deleted by hand.',
    todo: 'Build the image again; slipway image verify shows what else is affected.',
  },
  'wrong-size': {
    what: 'The blob {digest} of {ref} has {found} bytes instead of {size}',
    why: 'The file was cut short or changed: the disk, or something other than Slipway, wrote to it.',
    todo: 'Build the image again with --no-cache, or import it again.',
  },
  corrupt: {
    what: 'The blob {digest} of {ref} is corrupt',
    why: '{reason}',
    todo: 'Check the disk; then build the image again with --no-cache, or import it again.',
  },
  'wrong-digest': {
    what: '{file} has the digest {found} instead of {expected}',
    why: 'Its content is not what it was announced to be.',
    todo: 'Get or make the file again.',
  },
  'not-an-image': {
    what: '{ref} is not a Slipway image',
    why: '{reason}',
    todo: 'Only images that Slipway built can be used here.',
  },
  'bad-layout': {
    what: '{path} is not an OCI image layout that can be used',
    why: '{reason}',
    todo: 'Make it with slipway image export, or with skopeo copy … oci:DIRECTORY:NAME.',
  },
  'bad-index': {
    what: "The catalog's index {path} cannot be read",
    why: '{reason}',
    todo: 'Slipway replaces it as a whole and never leaves half of it: something else wrote to it. Restore it from a backup; the blobs beside it are not affected.',
  },
  'no-space': {
    what: 'No space left on the file system of {path}',
    why: 'The catalog keeps every generation until it is removed. Nothing was changed.',
    todo: 'Remove old generations (slipway image rm) and collect unused blobs (slipway image gc), or give the directory more space.',
  },
  'export-exists': {
    what: '{path} exists already',
    why: 'An export never overwrites.',
    todo: 'Choose another name or remove it.',
    exit: 2,
  },
  'bad-address': {
    what: '{address} is not the address of an image in a registry',
    why: 'Images go to and come from registries only, never to paths of this host.',
    todo: 'Write it like registry.example:5000/images/compute:v2. For files see slipway image export and import.',
    exit: 2,
  },
  'not-a-demo': {
    what: '{ref} is no demo image, and is not damaged on purpose',
    why: 'It has content that would be lost. Demo images have none.',
    todo: 'Make one: slipway demo create NAME.',
    exit: 2,
  },
  'registry-not-allowed': {
    what: '{address} is not in a registry from which images may be pulled over the API',
    why: 'Otherwise the server could be made to talk to any host that it reaches. Allowed: {known}.',
    todo: 'Add the registry to serve.api.registries in config.yml, or pull on the server itself.',
  },
  transfer: {
    what: '{verb} of {ref} failed: skopeo said no',
    why: 'The last lines of its output are below.',
    todo: 'Check the address and the login (skopeo login); a registry without TLS must be allowed as insecure.',
  },
});

/** Runs `work` and turns "no space left" and "quota exceeded" into the error that says so. `path`: what is written. */
export async function withSpace<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw fail('no-space', { path }, { cause });
    throw cause;
  }
}
