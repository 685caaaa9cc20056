export class Builds {}
