//! The queue: order, filters, search, pages, counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use platform::Principal;
use testkit::{Actor, Organization, TestApp, Value, json};

use crate::support::*;

async fn names(who: &Actor, query: &str) -> Vec<String> {
    titles(&who.get(&format!("/api/v1/tickets?{query}")).await.items())
}

async fn sorted_names(who: &Actor, query: &str) -> Vec<String> {
    let mut names = names(who, query).await;
    names.sort();
    names
}

/// One ticket per severity, from informational to critical.
async fn five(ana: &Actor, acme: &Organization) -> Vec<Value> {
    let mut made = Vec::new();
    for severity in ["informational", "low", "medium", "high", "critical"] {
        made.push(ticket_with(ana, acme, json!({ "title": severity, "severity": severity })).await);
    }
    made
}

#[tokio::test]
async fn the_queue_begins_with_the_most_urgent() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    five(&ana, &acme).await;
    assert_eq!(names(&ana, "").await, ["critical", "high", "medium", "low", "informational"]);
    assert_eq!(names(&ana, "sort=urgency").await, ["informational", "low", "medium", "high", "critical"]);
    assert_eq!(names(&ana, "sort=-severity").await, ["critical", "high", "medium", "low", "informational"]);
    assert_eq!(names(&ana, "sort=created_at").await, ["informational", "low", "medium", "high", "critical"]);
    assert_eq!(names(&ana, "sort=-reference").await, ["critical", "high", "medium", "low", "informational"]);
    assert_eq!(
        names(&ana, "sort=-last_seen_at").await,
        ["critical", "high", "medium", "low", "informational"]
    );
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended_in_every_order() {
    let app = start().await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let ana = app.someone(&[(Some(&acme), "analyst"), (Some(&other), "analyst")]).await;
    for number in 0..7 {
        let severity = ["low", "high", "high"][number % 3];
        let organization = if number % 2 == 0 { &acme } else { &other };
        ticket_with(&ana, organization, json!({ "title": format!("{number}"), "severity": severity })).await;
    }
    for sort in [
        "-urgency",
        "urgency",
        "-severity",
        "severity",
        "-created_at",
        "created_at",
        "-last_seen_at",
        "last_seen_at",
    ] {
        for filter in ["", "&q=", "&assignee=none", "&stage=new,pending", "&severity=low,high"] {
            let all = names(&ana, &format!("sort={sort}{filter}")).await;
            assert_eq!(all.len(), 7, "{sort}{filter}");
            let mut paged = Vec::new();
            let mut cursor = String::new();
            loop {
                let page = ana
                    .get(&format!("/api/v1/tickets?sort={sort}{filter}&limit=2{cursor}"))
                    .await
                    .expect(200);
                paged.extend(titles(page["items"].as_array().unwrap()));
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!(paged, all, "{sort}{filter}");
        }
    }
}

#[tokio::test]
async fn a_tampered_cursor_is_refused() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    five(&ana, &acme).await;
    let page = ana.get("/api/v1/tickets?limit=1").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    for wrong in ["x", "e30", &cursor[1..], &format!("{cursor}AAAA")] {
        ana.get(&format!("/api/v1/tickets?cursor={wrong}")).await.expect_problem(400, "invalid_cursor");
    }
    // A cursor of another order is none of this one.
    ana.get(&format!("/api/v1/tickets?sort=-created_at&cursor={cursor}"))
        .await
        .expect_problem(400, "invalid_cursor");
    for wrong in
        ["sort=title", "limit=0", "limit=201", "stage=lost", "ip=x", "unknown=1", "q=%00", "rule_id=%00"]
    {
        ana.get(&format!("/api/v1/tickets?{wrong}")).await.expect_problem(422, "validation_failed");
    }
}

#[tokio::test]
async fn filters_narrow_the_queue() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let (ana, bob) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&acme).await);
    let made = five(&ana, &acme).await;
    ana.post(&format!("{}/claim", path(&made[4])), json!({})).await.expect(200);
    bob.post(&format!("{}/claim", path(&made[3])), json!({})).await.expect(200);
    ana.post(&format!("{}/close", path(&made[0])), ending()).await.expect(200);
    assert_eq!(names(&ana, "assignee=me").await, ["critical"]);
    assert_eq!(names(&bob, "assignee=me").await, ["high"]);
    assert_eq!(names(&ana, "assignee=me,none&stage=new,in_progress").await, ["critical", "medium", "low"]);
    assert_eq!(names(&ana, &format!("assignee={}", bob.user_id)).await, ["high"]);
    assert_eq!(
        names(&ana, &format!("assignee={},{}&sort=created_at", bob.user_id, ana.user_id)).await,
        ["high", "critical"]
    );
    assert_eq!(names(&ana, "stage=closed").await, ["informational"]);
    assert_eq!(
        names(&ana, "stage=closed,in_progress&sort=-created_at").await,
        ["critical", "high", "informational"]
    );
    assert_eq!(names(&ana, "severity=low,medium").await, ["medium", "low"]);
    assert_eq!(names(&ana, "verdict=false_positive").await, ["informational"]);
    assert!(names(&ana, "verdict=true_positive").await.is_empty());
    assert_eq!(names(&ana, "urgency=informational,low,medium,high,critical").await.len(), 5);
    assert!(names(&ana, "created_to=2020-01-01T00:00:00Z").await.is_empty());
    assert_eq!(names(&ana, "created_from=2020-01-01T00:00:00Z").await.len(), 5);
    assert_eq!(
        names(&ana, "created_from=2020-01-01T00:00:00Z&sort=created_at&stage=new").await,
        ["low", "medium"]
    );
    assert!(names(&ana, &format!("organization_id={}", bob.user_id)).await.is_empty());
    let count = ana.get("/api/v1/tickets/count?stage=new").await.expect(200);
    assert_eq!(count, json!({ "count": 2, "is_exact": true }));
    let count = ana.get("/api/v1/tickets/count?assignee=me,none&q=i").await.expect(200);
    assert_eq!(count["is_exact"], true);
}

#[tokio::test]
async fn search_finds_words_their_beginnings_accents_or_not_and_addresses() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    ticket_with(
        &ana,
        &acme,
        json!({ "title": "Conexión anómala desde Perú", "source_ip": "2001:db8::beef" }),
    )
    .await;
    ticket_with(&ana, &acme, json!({ "title": "Brute force", "source_ip": "10.1.2.3", "description": "account svc_backup on DC-01" })).await;
    ticket_with(
        &ana,
        &acme,
        json!({ "title": "Brute luck", "destination_ip": "10.1.2.30", "tags": ["vip", "lateral move"] }),
    )
    .await;
    for (query, found) in [
        ("q=conexion", vec!["Conexión anómala desde Perú"]),
        ("q=CONEXI%C3%93N+peru", vec!["Conexión anómala desde Perú"]),
        ("q=anom", vec!["Conexión anómala desde Perú"]),
        ("q=2001:db8::beef", vec!["Conexión anómala desde Perú"]),
        ("ip=2001:0DB8:0:0::beef", vec!["Conexión anómala desde Perú"]),
        ("q=brute", vec!["Brute force", "Brute luck"]),
        ("q=brute+svc_back", vec!["Brute force"]),
        ("q=dc-01", vec!["Brute force"]),
        ("q=%22brut%22", vec![]),
        ("q=brute+peru", vec![]),
        ("ip=10.1.2.3", vec!["Brute force"]),
        ("q=10.1.2", vec!["Brute force", "Brute luck"]),
        ("tag=VIP", vec!["Brute luck"]),
        ("tag=vip,lateral%20move", vec!["Brute luck"]),
        ("tag=vip,missing", vec![]),
        ("q=%27%3B+drop+table", vec![]),
        ("q=%3D%3A*%5C%27%26%7C!", vec!["Brute force", "Brute luck", "Conexión anómala desde Perú"]),
    ] {
        assert_eq!(sorted_names(&ana, query).await, found, "{query}");
    }
    let made = &ana.get("/api/v1/tickets?q=peru").await.items()[0];
    let reference = made["reference"].as_str().unwrap();
    assert_eq!(names(&ana, &format!("q={reference}")).await.len(), 1);
    assert_eq!(names(&ana, &format!("source_reference={reference}")).await.len(), 1);
}

#[tokio::test]
async fn a_facet_cannot_be_written_into_a_title() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    ticket(&ana, &acme, "=tag:vip =rule:X =verdict:false_positive").await;
    assert!(names(&ana, "tag=vip").await.is_empty());
    assert!(names(&ana, "rule_id=X").await.is_empty());
    assert!(names(&ana, "verdict=false_positive").await.is_empty());
}

#[tokio::test]
async fn edits_move_a_ticket_to_other_words() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let (ana, sam) = (app.an_analyst_of(&acme).await, app.a_senior_analyst_of(&acme).await);
    let made = ticket_with(&ana, &acme, json!({ "title": "zebra", "tags": ["stripes"] })).await;
    ana.patch(&path(&made), 1, json!({ "title": "giraffe", "tags": ["spots"], "severity": "low" }))
        .await
        .expect(200);
    assert!(names(&ana, "q=zebra").await.is_empty());
    assert!(names(&ana, "tag=stripes").await.is_empty());
    assert_eq!(names(&ana, "q=giraffe&severity=low&tag=spots").await, ["giraffe"]);
    ana.post(&format!("{}/close", path(&made)), ending()).await.expect(200);
    assert_eq!(names(&ana, "verdict=false_positive").await, ["giraffe"]);
    sam.post(&format!("{}/reopen", path(&made)), json!({ "reason": "back" })).await.expect(200);
    assert!(names(&ana, "verdict=false_positive").await.is_empty());
}

/// Many tickets, written as the owner would: beyond what is walked and gathered.
async fn flood(app: &TestApp, organization: &Organization, count: i32) {
    let mut connection = app.superuser().await;
    sqlx::query(
        "insert into tickets (id, organization_id, reference, title, stage, severity, urgency, urgency_score,
                              urgency_terms, first_seen_at, last_seen_at, created_at, updated_at, terms)
         select id, $1, 'F-' || number, 'flood ' || number, stage, severity, least(5, 2 + number % 5), score, '[]',
                now(), now() + number * interval '1 second', now(), now(),
                array_to_tsvector(array['flood', 'n' || number, '=o:' || $1::text,
                                        case when number % 5 = 0 then 'quiet' else 'loud' end,
                                        case when number < 5 then 'old' else 'young' end,
                                        case when number <= $2 - 2500 then 'early' else 'late' end]
                                  || ticket_state_words(stage, severity, score, null, null, false, id))
         from generate_series(1, $2) as number,
             lateral (select (lpad(to_hex(1700000000000 + number), 12, '0') || '70008000'
                                  || lpad(to_hex(number), 12, '0'))::uuid as id,
                             case when number % 10 = 0 then 'in_progress' else 'new' end as stage,
                             (1 + number % 5)::smallint as severity, ((1 + number % 5) * 20)::smallint as score) as made",
    )
    .bind(organization.id.uuid())
    .bind(count)
    .execute(&mut connection)
    .await
    .unwrap();
    sqlx::query("analyze tickets").execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn rare_frequent_and_misplaced_words_are_found_in_a_large_queue() {
    let app = start().await;
    let (acme, small) = (app.organization("Acme").await, app.organization("Small").await);
    let ana = app.an_analyst_of(&acme).await;
    let sam = app.an_analyst_of(&small).await;
    flood(&app, &acme, 45_000).await;
    ticket(&sam, &small, "flood of ours").await;
    for sort in ["-urgency", "-severity", "-created_at", "created_at", "-last_seen_at"] {
        // A rare word, a few old ones, one that everything has, and one that only the least severe have.
        assert_eq!(names(&ana, &format!("q=n12345&sort={sort}")).await.first().unwrap(), "flood 12345");
        assert_eq!(names(&ana, &format!("q=%22old%22&sort={sort}")).await.len(), 4);
        assert_eq!(names(&ana, &format!("q=flood&limit=200&sort={sort}")).await.len(), 200);
        assert_eq!(names(&ana, &format!("q=quiet&limit=200&sort={sort}")).await.len(), 200);
        assert_eq!(names(&sam, &format!("q=flood&sort={sort}")).await, ["flood of ours"]);
    }
    assert_eq!(names(&ana, "q=quiet&limit=2").await, ["flood 45000", "flood 44995"]);
    assert_eq!(names(&ana, "q=quiet&limit=2&severity=high").await, Vec::<String>::new());
    assert_eq!(
        ana.get("/api/v1/tickets/count").await.expect(200),
        json!({ "count": 10000, "is_exact": false })
    );
    assert_eq!(
        ana.get("/api/v1/tickets/count?q=quiet").await.expect(200),
        json!({ "count": 9000, "is_exact": true })
    );
    assert_eq!(
        ana.get("/api/v1/tickets/count?q=loud").await.expect(200),
        json!({ "count": 10000, "is_exact": false })
    );
    assert_eq!(
        ana.get("/api/v1/tickets/count?stage=in_progress").await.expect(200),
        json!({ "count": 4500, "is_exact": true })
    );
    assert_eq!(
        sam.get("/api/v1/tickets/count?q=flood").await.expect(200),
        json!({ "count": 1, "is_exact": true })
    );
    assert_eq!(names(&ana, "stage=in_progress&sort=-created_at&limit=1").await, ["flood 45000"]);
}

/// Ids as plain SQL finds them, looking at every row.
async fn expected(app: &TestApp, condition: &str, order: &str) -> Vec<String> {
    let text = format!(
        "select id::text from tickets where merged_into is null and {condition} order by {order} limit 400"
    );
    let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(text)).fetch_all(&mut app.superuser().await).await;
    rows.unwrap()
}

#[tokio::test]
async fn whichever_way_a_list_is_found_it_is_what_looking_at_every_row_finds() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    flood(&app, &acme, 25_000).await;
    sqlx::query("update tickets set stage = 'closed', verdict = 'false_positive' where id::text like '%7' or right(title, 2) = '31'")
        .execute(&mut app.superuser().await)
        .await
        .unwrap();
    sqlx::query("update tickets set assignee_id = $1 where right(title, 1) = '3'")
        .bind(ana.user_id.uuid())
        .execute(&mut app.superuser().await)
        .await
        .unwrap();
    let me = format!("assignee_id = '{}'", ana.user_id);
    for (query, condition) in [
        ("", "true"),
        ("q=quiet", "terms @@ 'quiet'"),
        // Many have it in every severity, none of them at the top.
        ("q=early", "terms @@ 'early'"),
        ("q=flood&urgency=low,critical", "urgency in (2, 5)"),
        ("q=loud&stage=closed", "terms @@ 'loud' and stage = 'closed'"),
        ("q=flood&severity=low,high", "severity in (2, 4)"),
        ("q=quiet&urgency=low", "terms @@ 'quiet' and urgency = 2"),
        ("urgency=low,critical", "urgency in (2, 5)"),
        ("verdict=false_positive", "verdict = 'false_positive'"),
        ("verdict=false_positive&q=quiet", "verdict = 'false_positive' and terms @@ 'quiet'"),
        ("assignee=me", me.as_str()),
        ("assignee=me,none&stage=new", "stage = 'new'"),
        ("assignee=none&stage=closed", "assignee_id is null and stage = 'closed'"),
        (
            "assignee=none&q=loud&stage=in_progress",
            "assignee_id is null and stage = 'in_progress' and terms @@ 'loud'",
        ),
        ("stage=in_progress,closed&severity=critical", "stage in ('in_progress', 'closed') and severity = 5"),
        ("created_to=2023-11-14T22:13:25Z", "id < uuidv7_floor('2023-11-14T22:13:25Z')"),
        (
            "created_from=2023-11-14T22:13:40Z&q=loud",
            "id >= uuidv7_floor('2023-11-14T22:13:40Z') and terms @@ 'loud'",
        ),
    ] {
        for (sort, order) in [
            ("-urgency", "urgency_score desc, id desc"),
            ("urgency", "urgency_score, id"),
            ("-severity", "severity desc, urgency_score desc, id desc"),
            ("-created_at", "id desc"),
            ("created_at", "id"),
            ("last_seen_at", "last_seen_at, id"),
        ] {
            let url = format!("/api/v1/tickets?limit=200&sort={sort}&{query}");
            let first = ana.get(&url).await.expect(200);
            let mut found = first["items"].as_array().unwrap().clone();
            if let Some(cursor) = first["next_cursor"].as_str() {
                found.extend(ana.get(&format!("{url}&cursor={cursor}")).await.items());
            }
            let found = found.iter().map(|item| id(item).to_owned()).collect::<Vec<_>>();
            assert_eq!(found, expected(&app, condition, order).await, "{query} by {sort}");
        }
    }
}

#[tokio::test]
async fn equal_questions_at_once_get_equal_answers_that_know_what_was_written_before() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let (ana, bob) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&acme).await);
    for number in 0..5 {
        let title = format!("number {number}");
        ticket(&ana, &acme, &title).await;
        let ask = |who: Actor| async move { names(&who, "sort=-created_at").await };
        let asked = (0..12).map(|index| ask(if index % 2 == 0 { ana.clone() } else { bob.clone() }));
        for answer in futures_util::future::join_all(asked).await {
            assert_eq!(answer.first(), Some(&title));
        }
    }
}

#[tokio::test]
async fn somebody_without_any_organization_gets_an_empty_queue() {
    let app = start().await;
    let admin = app.an_administrator().await;
    assert!(admin.get("/api/v1/tickets").await.items().is_empty());
    assert_eq!(admin.get("/api/v1/tickets/count").await.expect(200)["count"], 0);
}

#[tokio::test]
async fn the_first_page_of_the_boot_data_is_the_open_queue() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let made = five(&ana, &acme).await;
    ana.post(&format!("{}/close", path(&made[4])), ending()).await.expect(200);
    let page = ana.get("/api/v1/tickets?stage=new,in_progress,pending").await.expect(200);
    let reads = BTreeMap::from([("tickets:read".to_owned(), Arc::from([acme.id]))]);
    let principal = |grants| Principal {
        service: None,
        is_service: false,
        user_id: ana.user_id,
        session_id: ana.session_id,
        display_name: "Ana".into(),
        email: "ana@example.org".into(),
        grants: Arc::new(grants),
        is_everywhere: false,
        permissions_everywhere: Arc::default(),
        limits: Arc::default(),
        must_change_password: false,
        must_show_second_factor: false,
        has_second_factor: false,
    };
    let boot = tickets::first_page(&app, &principal(reads)).await.unwrap();
    assert_eq!(serde_json::to_value(boot).unwrap(), page);
    assert!(tickets::first_page(&app, &principal(BTreeMap::new())).await.unwrap().is_none());
}
