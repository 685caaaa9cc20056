/** `name=version` of recipes, as dnf writes it. */
export function rpmSpec(name: string): string {
  return name.replace('=', '-');
}
