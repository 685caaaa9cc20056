import { sql, type Kysely } from 'kysely';

interface Old {
  id: string;
  architecture: string;
  arguments: string;
  image: string | null;
  mode: string | null;
  address: string | null;
  /** JSON: in their order. */
  macs: string;
}

/**
 * Groups and profiles; what is said of a node as one document; the history of
 * changes; contents of node files; secrets; tokens; the audit log; what nodes log;
 * builds asked for over the API.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await documents(db);
  await db.schema
    .createTable('preset')
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('document', 'text', (c) => c.notNull())
    .addColumn('created', 'bigint', (c) => c.notNull())
    .addColumn('updated', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('preset_key', ['kind', 'name'])
    .execute();
  await db.schema
    .createTable('membership')
    .addColumn('node_id', 'text', (c) => c.notNull().references('node.id').onDelete('cascade'))
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('position', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('membership_key', ['node_id', 'kind', 'name'])
    .execute();
  await db.schema.createIndex('membership_name').on('membership').columns(['kind', 'name']).execute();
  await db.schema
    .createTable('change')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('who', 'text', (c) => c.notNull())
    .addColumn('via', 'text', (c) => c.notNull())
    .addColumn('summary', 'text', (c) => c.notNull())
    .addColumn('undoes', 'integer')
    .addColumn('count', 'integer', (c) => c.notNull())
    .addColumn('entries', 'blob', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('file_content')
    .addColumn('digest', 'text', (c) => c.primaryKey())
    .addColumn('content', 'blob', (c) => c.notNull())
    .addColumn('created', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('secret')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('value', 'blob', (c) => c.notNull())
    .addColumn('created', 'bigint', (c) => c.notNull())
    .addColumn('updated', 'bigint', (c) => c.notNull())
    .execute();
  await access(db);
  await recorder(db);
}

/** What was columns of a node becomes its document, its addresses too: their tables are but an index now. */
async function documents(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('node')
    .addColumn('document', 'text', (c) => c.notNull().defaultTo('{}'))
    .execute();
  const { rows } = await sql<Old>`
    select id, architecture, arguments, image, mode, address,
      (select json_group_array(mac) from (select mac from node_mac where node_id = node.id order by position)) as macs
    from node`.execute(db);
  for (const row of rows) {
    const list = JSON.parse(row.arguments) as string[];
    const macs = JSON.parse(row.macs) as string[];
    const document = JSON.stringify({
      ...(row.address !== null && { address: row.address }),
      ...(row.architecture !== 'amd64' && { architecture: row.architecture }),
      ...(list.length > 0 && { arguments: list }),
      ...(row.image !== null && { image: row.image }),
      ...(macs.length > 0 && { macs }),
      ...(row.mode !== null && { mode: row.mode }),
    });
    await sql`update node set document = ${document} where id = ${row.id}`.execute(db);
  }
  for (const column of ['architecture', 'arguments', 'image', 'mode'])
    await db.schema.alterTable('node').dropColumn(column).execute();
}

async function access(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('token')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull())
    .addColumn('scope', 'text', (c) => c.notNull())
    .addColumn('created', 'bigint', (c) => c.notNull())
    .addColumn('expires', 'bigint')
    .addColumn('used', 'bigint')
    .execute();
  await db.schema
    .createTable('audit')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('who', 'text', (c) => c.notNull())
    .addColumn('client', 'text', (c) => c.notNull())
    .addColumn('operation', 'text', (c) => c.notNull())
    .addColumn('detail', 'text', (c) => c.notNull())
    .addColumn('status', 'integer', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('build')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('recipe', 'text', (c) => c.notNull())
    .addColumn('options', 'text', (c) => c.notNull())
    .addColumn('who', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('created', 'bigint', (c) => c.notNull())
    .addColumn('started', 'bigint')
    .addColumn('ended', 'bigint')
    .addColumn('result', 'text')
    .execute();
}

async function recorder(db: Kysely<unknown>): Promise<void> {
  // JSON: what else than the image a boot was given, for drift.
  await db.schema
    .alterTable('boot_session')
    .addColumn('given', 'text', (c) => c.notNull().defaultTo('{}'))
    .execute();
  await db.schema.alterTable('boot_session').addColumn('uuid', 'text').execute();
  await db.schema
    .createTable('sighting')
    .addColumn('mac', 'text', (c) => c.primaryKey())
    .addColumn('firmware', 'bigint')
    .addColumn('ipxe', 'bigint')
    .addColumn('refused', 'bigint')
    .addColumn('reason', 'text')
    .execute();
  await db.schema
    .createTable('node_log')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('session_id', 'text', (c) => c.notNull().references('boot_session.id').onDelete('cascade'))
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('line', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('node_log_session').on('node_log').columns(['session_id', 'id']).execute();
}
