//! What a transaction sees never depends on one before it.

use std::time::Duration;

use platform::db::Scope;
use testkit::TestApp;

#[tokio::test]
async fn an_abandoned_begin_leaves_no_open_transaction_behind() {
    let app = TestApp::start(Vec::new()).await;
    for round in 0..200_u64 {
        // A caller that goes away at some moment between question and answer.
        let _ = tokio::time::timeout(Duration::from_micros(round * 7), app.app.db.read(Scope::System)).await;
    }
    for _ in 0..20 {
        let mut tx = app.app.db.begin(Scope::Organizations(&[])).await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "the test kit keeps no checked queries")]
        let seen: (bool, String) =
            sqlx::query_as("select is_system(), current_setting('transaction_read_only')")
                .fetch_one(&mut *tx)
                .await
                .unwrap();
        assert_eq!(seen, (false, "off".to_owned()));
    }
}
