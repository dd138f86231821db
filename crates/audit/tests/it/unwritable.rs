//! What cannot be recorded is not done.

use testkit::json;

use crate::log::Log;

#[tokio::test]
async fn while_the_audit_log_cannot_be_written_nothing_is_changed_and_the_caller_is_told_to_come_again() {
    let log = Log::start().await;
    let acme = log.organization("Acme").await;
    let admin = log.an_administrator().await;
    let path = format!("/api/v1/organizations/{}", acme.id);
    let mut root = log.superuser().await;
    let ways = [
        ("revoke insert on audit_records from cibercase_app",
         "grant insert (id, organization_id, actor_kind, actor_id, actor_name, action, object_kind, object_id,
             object_reference, detail, ip, request_id) on audit_records to cibercase_app"),
        ("alter table audit_records rename to away", "alter table away rename to audit_records"),
        ("alter table audit_records add constraint closed check (false) not valid",
         "alter table audit_records drop constraint closed"),
    ];
    for (number, (taken, given_back)) in (1..).zip(ways) {
        sqlx::raw_sql(taken).execute(&mut root).await.unwrap();
        let answer = admin.patch(&path, number, json!({ "name": format!("Acme {number}") })).await;
        answer.expect_problem(503, "audit_unavailable");
        assert!(answer.headers.contains_key("retry-after"));
        let version: i64 = sqlx::query_scalar("select max(version)::bigint from organizations")
            .fetch_one(&mut root)
            .await
            .unwrap();
        assert_eq!(version, number);
        sqlx::raw_sql(given_back).execute(&mut root).await.unwrap();
        admin.patch(&path, number, json!({ "name": format!("Acme {number}") })).await.expect(200);
    }
    log.settle().await;
    assert_eq!(log.audit_actions().await, ["organization.updated"; 3]);
}
