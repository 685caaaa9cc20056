import { defineErrors } from '../../system/errors.ts';

export const fail = defineErrors('dnf', {
  'no-repositories': {
    what: 'There is no repository to install from',
    why: 'The recipe names none, the configuration (redhat.repositories) neither, and this host has no enabled one in {looked}.',
    todo: 'Name them in source.redhat.repositories, or once for all recipes in config.yml under redhat.repositories.',
    exit: 2,
  },
  unreachable: {
    what: 'Repository {id} cannot be reached',
    why: 'Its metadata or packages could not be fetched: {reason}',
    todo: 'Check its URL, the network and the proxy; --offline builds from what was fetched before.',
  },
  untrusted: {
    what: 'Repository {id}: {what}',
    why: 'Nothing is installed that its key (gpgkey) did not sign: a wrong key, an unsigned package, or tampering.',
    todo: 'Name the right key in gpgkey:. Only where packages are not signed on purpose, gpgcheck: false.',
  },
  damaged: {
    what: 'Repository {id} does not fit its own index',
    why: 'A checksum is wrong: a mirror that is just being renewed, a broken cache on the way, or tampering.',
    todo: 'Try again later, or with another mirror.',
  },
  'not-fetched': {
    what: 'Not everything that this needs was fetched before, and --offline forbids to',
    why: 'An offline build has the metadata and packages of earlier builds from the same repositories only.',
    todo: 'Build once without --offline.',
  },
  conflict: {
    what: 'These packages cannot be installed together: {problem}',
    why: 'dnf found no set of versions in the repositories that fits; its own explanation is below.',
    todo: 'Remove one of them, add the repository that is missing, or look at exclude:, modules: and nobest:.',
  },
  'unknown-module': {
    what: 'There is no module {name}',
    why: 'No repository has a module, stream or profile of that name for this release.',
    todo: 'List them with: dnf module list. Releases from 10 on have no modules.',
  },
  script: {
    what: 'The installation failed in package {package}',
    why: 'A script of the package, or the unpacking of its files, ended with an error. Scripts have no network and start no service.',
    todo: 'See its output below.',
  },
});
