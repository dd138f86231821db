use events::Scan;
use testkit::TestApp;
use time::Duration;
use vocab::SourceId;

use crate::support::{FORTIGATE, id_of, keep_as, kept};

#[tokio::test]
async fn what_is_kept_is_read_again_with_its_own_bytes_oldest_first() {
    let app = TestApp::start(vec![events::module()]).await;
    let acme = app.organization("Acme").await;
    let source = SourceId::new();
    let latin = b"devname=\"FW\" devid=\"FG1\" type=event level=notice msg=\"sesi\xf3n\" srcip=10.0.0.1";
    kept(&app, &acme, source, latin, Duration::minutes(2)).await;
    kept(&app, &acme, source, FORTIGATE.as_bytes(), Duration::minutes(1)).await;
    kept(&app, &acme, source, b"a\0b \xff\xfe no format", Duration::seconds(5)).await;
    let now = app.app.clock.now();
    let (from, to) = (now - Duration::hours(1), now + Duration::minutes(1));
    let mut scan = Scan::begin(&app.app, &[acme.id], from, to).await.unwrap();
    assert_eq!(scan.total, 3);
    let mut seen = Vec::new();
    while let Some(_page) = scan
        .page(&app.app, |stored| {
            seen.push((stored.raw.to_vec(), stored.event.get("srcip").map(str::to_owned)));
        })
        .await
        .unwrap()
    {}
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[0], (latin.to_vec(), Some("10.0.0.1".to_owned())));
    assert_eq!(seen[1], (FORTIGATE.as_bytes().to_vec(), Some("10.20.0.7".to_owned())));
    assert_eq!(seen[2], (b"a\0b \xff\xfe no format".to_vec(), None));
}

#[tokio::test]
async fn an_event_that_comes_again_is_kept_and_counted_once() {
    let app = TestApp::start(vec![events::module()]).await;
    let acme = app.organization("Acme").await;
    let source = SourceId::new();
    let id = id_of(app.app.clock.now(), 1);
    for _ in 0..2 {
        keep_as(&app, &acme, source, FORTIGATE.as_bytes(), id, Vec::new()).await;
    }
    let mut database = app.superuser().await;
    let counts: (i64, i64) = sqlx::query_as(
        "select (select count(*) from events), (select sum(total)::bigint from event_minutes)",
    )
    .fetch_one(&mut database)
    .await
    .unwrap();
    assert_eq!(counts, (1, 1));
}

#[tokio::test]
async fn values_longer_than_an_index_takes_are_kept_too() {
    let app = TestApp::start(vec![events::module()]).await;
    let acme = app.organization("Acme").await;
    let raw = format!(
        "{} user=\"{}\" hostname=\"{}\"",
        FORTIGATE.replace("user=\"JPérez\"", ""),
        "é".repeat(9000),
        "h".repeat(9000)
    );
    kept(&app, &acme, SourceId::new(), raw.as_bytes(), Duration::ZERO).await;
}
