//! Rows are only ever added.

use sqlx::{AssertSqlSafe, PgConnection, raw_sql};

use crate::log::Log;

const TABLES: [&str; 4] = ["audit_records", "audit_leaves", "audit_nodes", "audit_checkpoints"];

async fn a_log() -> (Log, PgConnection) {
    let log = Log::start().await;
    log.records(4).await;
    log.settle().await;
    let root = log.superuser().await;
    (log, root)
}

fn changes(table: &str) -> [String; 3] {
    let column = if table == "audit_checkpoints" { "note = 'x'" } else { "id = null" };
    let column = if table == "audit_records" || table == "audit_checkpoints" { column } else { "hash = ''" };
    [format!("update {table} set {column}"), format!("delete from {table}"), format!("truncate {table}")]
}

async fn refusal(connection: &mut PgConnection, statement: String) -> String {
    match raw_sql(AssertSqlSafe(statement.clone())).execute(connection).await {
        Ok(_) => panic!("it is done: {statement}"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn the_application_may_neither_change_nor_remove_nor_truncate() {
    let (_log, mut root) = a_log().await;
    raw_sql("set role cibercase_app; set cibercase.is_system = 'on'").execute(&mut root).await.unwrap();
    for table in TABLES {
        for statement in changes(table) {
            let refusal = refusal(&mut root, statement).await;
            assert!(refusal.contains("permission denied"), "{refusal}");
        }
    }
}

#[tokio::test]
async fn nobody_changes_by_mistake_not_even_the_superuser_and_not_in_a_partition() {
    let (_log, mut root) = a_log().await;
    let partition =
        sqlx::query_scalar!(r#"select tableoid::regclass::text as "name!" from audit_records limit 1"#);
    let partition = partition.fetch_one(&mut root).await.unwrap();
    for statement in TABLES.iter().flat_map(|table| changes(table)) {
        let refusal = refusal(&mut root, statement).await;
        assert!(refusal.contains("only ever added"), "{refusal}");
    }
    for verb in ["delete from", "truncate"] {
        let refusal = refusal(&mut root, format!("{verb} {partition}")).await;
        assert!(refusal.contains("only ever added"), "{refusal}");
    }
}

#[tokio::test]
async fn the_application_does_not_choose_where_its_record_stands() {
    let (_log, mut root) = a_log().await;
    raw_sql("set role cibercase_app; set cibercase.is_system = 'on'").execute(&mut root).await.unwrap();
    let forged = "insert into audit_records (id, actor_kind, actor_name, action, object_kind, xact)
         values (gen_random_uuid(), 'system', 'x', 'test.done', 'test', '3')";
    let refusal = refusal(&mut root, forged.to_owned()).await;
    assert!(refusal.contains("permission denied"), "{refusal}");
}

#[tokio::test]
async fn a_month_that_a_clock_ahead_has_filled_gets_its_partition_with_its_rows() {
    let (_log, mut root) = a_log().await;
    let ahead = "insert into audit_records (id, actor_kind, actor_name, action, object_kind)
             values (uuidv7_floor(now() + interval '400 days'), 'system', 'x', 'test.done', 'test');
         select ensure_partitions(now() + interval '400 days');";
    raw_sql(ahead).execute(&mut root).await.unwrap();
    let left = sqlx::query_scalar!(r#"select count(*) as "count!" from audit_records_default"#);
    assert_eq!(left.fetch_one(&mut root).await.unwrap(), 0);
    for table in ["audit_records", "audit_records_default"] {
        let refusal = refusal(&mut root, format!("truncate {table}")).await;
        assert!(refusal.contains("only ever added"), "{refusal}");
    }
}

#[tokio::test]
async fn no_table_gathers_statistics_of_documents_and_no_partition_to_come_does() {
    let (_log, mut root) = a_log().await;
    raw_sql("select ensure_partitions(now() + interval '400 days')").execute(&mut root).await.unwrap();
    let documents = "select held.relname || '.' || attname, attstattarget is not distinct from 0
         from pg_attribute join pg_class as held on held.oid = attrelid
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and atttypid = 'jsonb'::regtype";
    let documents: Vec<(String, bool)> = sqlx::query_as(documents).fetch_all(&mut root).await.unwrap();
    let counted = documents.iter().filter(|(_, is_off)| !is_off).map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(counted, Vec::<&String>::new());
    // The rest, this month and the next, and the same a year on.
    let of_audit = documents.iter().filter(|(name, _)| name.starts_with("audit_records_")).count();
    assert!(of_audit >= 5, "{of_audit}");
}

#[tokio::test]
async fn the_owner_can_let_a_whole_partition_go() {
    let (_log, mut root) = a_log().await;
    let retention = "set role cibercase_owner;
         update partitioned_tables set retention = '1 day' where name = 'audit_records';
         select drop_old_partitions(now() + interval '400 days');";
    raw_sql(retention).execute(&mut root).await.unwrap();
    let left = sqlx::query_scalar!(r#"select count(*) as "count!" from audit_records"#);
    assert_eq!(left.fetch_one(&mut root).await.unwrap(), 0);
}
