/**
 * Kysely on Node's own SQLite. The rest of the room speaks Kysely only, so that
 * a PostgreSQL dialect can stand here later.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type Driver,
  type SqliteDatabase,
  type SqliteDialectConfig,
  type SqliteStatement,
} from 'kysely';
import { explaining } from './errors.ts';

/** Compiled statements kept per connection; texts differ only by the shape of a query. */
const KEPT_STATEMENTS = 200;

/** What Kysely asks of a driver library, on top of node:sqlite. */
class Connection implements SqliteDatabase {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, SqliteStatement>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  prepare(sql: string): SqliteStatement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = wrap(
        this.#db,
        explaining(this.#db, () => this.#db.prepare(sql)),
      );
      if (this.#statements.size >= KEPT_STATEMENTS) this.#statements.clear();
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }
}

function wrap(db: DatabaseSync, statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => explaining(db, () => statement.all(...(parameters as SQLInputValue[]))),
    run: (parameters) => explaining(db, () => statement.run(...(parameters as SQLInputValue[]))),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  };
}

/** A deferred transaction that reads first cannot wait for another writer; an immediate one can. */
class ImmediateDriver extends SqliteDriver {
  readonly #db: DatabaseSync;

  constructor(config: SqliteDialectConfig, db: DatabaseSync) {
    super(config);
    this.#db = db;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /** When the disk is full SQLite has rolled back by itself; to do it again would be an error that hides the first. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#db.isTransaction) await super.rollbackTransaction(connection);
  }
}

/** SQLite can roll back changes of the schema; Kysely's adapter does not use it. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

export class NodeSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    const config = { database: new Connection(db) };
    super(config);
    this.#config = config;
    this.#db = db;
  }

  override createDriver(): Driver {
    return new ImmediateDriver(this.#config, this.#db);
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}
