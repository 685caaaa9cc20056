import { defineErrors } from '../system/errors.ts';

/** The errors of builds that are asked for over the API. */
export const fail = defineErrors('job', {
  'no-recipe': {
    what: 'There is no recipe {name}',
    why: 'Over the API recipes are built by their names: files NAME.yml in the directory of recipes on the server.',
    todo: '{near}See what there is: GET /api/v1/recipes. Put more there on the server.',
    exit: 2,
  },
  'bad-value': {
    what: 'Variable {name} cannot have this value over the API',
    why: 'Recipes put variables into paths and scripts. Over the API values have letters, digits, blanks and . _ : @ + = , % / ~ - only, no .. in a path, and no / at the start.',
    todo: 'Choose another value, or build on the server itself.',
    exit: 2,
  },
  'no-build': {
    what: 'There is no build {id}',
    why: 'The last thousand builds that were asked for over the API are remembered.',
    todo: 'See what there is: GET /api/v1/builds.',
    exit: 2,
  },
  ended: {
    what: 'Build {id} has ended already: {state}',
    why: 'Only a build that waits or runs can be cancelled.',
    todo: 'Look at it: GET /api/v1/builds/{id}.',
  },
  full: {
    what: '{count} builds wait already',
    why: 'Builds run one after the other; the number of those that wait is limited.',
    todo: 'Wait until some have ended, or cancel some.',
  },
});
