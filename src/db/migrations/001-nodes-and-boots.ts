import { sql, type Kysely } from 'kysely';

/** Registry of nodes; boot sessions with their stages. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('node')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('architecture', 'text', (c) => c.notNull())
    .addColumn('arguments', 'text', (c) => c.notNull())
    .addColumn('image', 'text')
    .addColumn('mode', 'text')
    .addColumn('address', 'text', (c) => c.unique())
    .addColumn('origin', 'text', (c) => c.notNull())
    .addColumn('created', 'bigint', (c) => c.notNull())
    .addColumn('updated', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('node_mac')
    .addColumn('mac', 'text', (c) => c.primaryKey())
    .addColumn('node_id', 'text', (c) => c.notNull().references('node.id').onDelete('cascade'))
    .addColumn('position', 'integer', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('node_mac_node').on('node_mac').column('node_id').execute();
  await db.schema
    .createTable('boot_session')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('node_id', 'text', (c) => c.references('node.id').onDelete('set null'))
    .addColumn('node_name', 'text', (c) => c.notNull())
    .addColumn('mac', 'text', (c) => c.notNull())
    .addColumn('client', 'text', (c) => c.notNull())
    .addColumn('image', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('pinned', 'text', (c) => c.notNull())
    .addColumn('token_hash', 'text')
    .addColumn('created', 'bigint', (c) => c.notNull())
    .addColumn('expires', 'bigint', (c) => c.notNull())
    .addColumn('ended', 'bigint')
    .addColumn('stage', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('boot_session_mac').on('boot_session').columns(['mac', 'created']).execute();
  await db.schema
    .createIndex('boot_session_node')
    .on('boot_session')
    .columns(['node_id', 'created'])
    .execute();
  await db.schema.createIndex('boot_session_expires').on('boot_session').column('expires').execute();
  // One open session a machine: looking for those must not touch the thousands that ended.
  await db.schema
    .createIndex('boot_session_open')
    .on('boot_session')
    .columns(['mac', 'node_id'])
    .where(sql.ref('ended'), 'is', null)
    .execute();
  await db.schema
    .createTable('boot_stage')
    .addColumn('session_id', 'text', (c) => c.notNull().references('boot_session.id').onDelete('cascade'))
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('stage', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('uptime', 'double precision')
    .addColumn('detail', 'text')
    .addColumn('bytes', 'bigint')
    .addColumn('seconds', 'double precision')
    .addPrimaryKeyConstraint('boot_stage_key', ['session_id', 'position'])
    .execute();
}
