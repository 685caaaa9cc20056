/** Goes through the menu with answers from a script: menu-child.ts ROOT '[["asked","answer"],…]'. Prints {text, asked, left} as JSON. */
import { mainMenu } from '../../src/menu/loop.ts';
import { testSession, type Step } from '../../src/menu/fixture.ts';

const [root = '', script = '[]'] = process.argv.slice(2);
const test = testSession(root, JSON.parse(script) as Step[]);
await mainMenu(test.session, { renew() {}, ended: () => false });
process.stdout.write(
  `${JSON.stringify({ text: test.text(), asked: test.ask.asked, left: test.ask.left })}\n`,
);
