//! The queue as CSV.

use testkit::json;

use crate::support::*;

#[tokio::test]
async fn an_export_has_what_the_filters_leave_and_no_formula() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let (ana, sam) = (app.an_analyst_of(&acme).await, app.a_senior_analyst_of(&acme).await);
    for title in ["=cmd|' /C calc'!A0", "+1", "@SUM(A1)", "-2", "a, \"quoted\" one"] {
        ticket_with(&ana, &acme, json!({ "title": title, "severity": "high" })).await;
    }
    ticket_with(&ana, &acme, json!({ "title": "low one", "severity": "low" })).await;
    ana.get("/api/v1/tickets/export.csv").await.expect_problem(403, "forbidden");
    let answer = sam.get("/api/v1/tickets/export.csv?severity=high&sort=created_at").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    let mut reader = csv::Reader::from_reader(answer.body.as_slice());
    let titles = reader.records().map(|row| row.unwrap()[1].to_owned()).collect::<Vec<_>>();
    assert_eq!(titles, ["'=cmd|' /C calc'!A0", "'+1", "'@SUM(A1)", "'-2", "a, \"quoted\" one"]);
    assert_eq!(app.audit_actions().await.last().unwrap(), "tickets.exported");
    sam.get("/api/v1/tickets/export.csv?sort=lost").await.expect_problem(422, "validation_failed");
}

#[tokio::test]
async fn an_export_goes_on_beyond_one_page() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let sam = app.a_senior_analyst_of(&acme).await;
    let mut connection = app.superuser().await;
    sqlx::query(
        "insert into tickets (id, organization_id, reference, title, stage, severity, urgency, urgency_score,
                              urgency_terms, first_seen_at, last_seen_at, created_at, updated_at, terms)
         select id, $1, 'F-' || number, 'flood', 'new', 3, 3, 50, '[]', now(), now(), now(), now(),
                array_to_tsvector(ticket_state_words('new', 3::smallint, 50::smallint, null, null, false, id))
         from generate_series(1, 1001) as number, lateral (select gen_random_uuid() as id where number > 0) as made",
    )
    .bind(acme.id.uuid())
    .execute(&mut connection)
    .await
    .unwrap();
    let answer = sam.get("/api/v1/tickets/export.csv").await;
    let mut reader = csv::Reader::from_reader(answer.body.as_slice());
    let references =
        reader.records().map(|row| row.unwrap()[0].to_owned()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(references.len(), 1001);
}
