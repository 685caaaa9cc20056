import { presetCommands } from './preset/commands.ts';

export default presetCommands('profile');
