/** The newest generation of each image, and how many more there are: `compute:7 (+6), login:2`. @param images `name:number`, oldest first */
export function foldedGenerations(images: readonly string[]): string {
  const byName = Map.groupBy(images, (image) => image.slice(0, image.lastIndexOf(':')));
  return [...byName.values()]
    .map((all) => `${all.at(-1)}${all.length > 1 ? ` (+${all.length - 1})` : ''}`)
    .join(', ');
}
