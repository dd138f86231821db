//! Refresh tokens that two people have (RFC 9700, 4.14).

use futures_util::future::join_all;
use platform::clock::Clock;
use testkit::{Answer, TestApp};
use time::{Duration, OffsetDateTime};

use super::{SESSION, TOKEN, Tokens, tokens_of};

async fn refresh(app: &TestApp, token: &str) -> Answer {
    app.nobody().post_form(TOKEN, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

/// A clock that stands: fifty answers take as long as they take.
fn standing_clock() -> Clock {
    Clock::manual(OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap())
}

#[tokio::test]
async fn a_refresh_token_that_comes_again_after_the_grace_ends_its_whole_family() {
    let clock = standing_clock();
    let app = TestApp::with_clock(vec![], clock.clone()).await;
    let ana = app.an_administrator().await;
    let first = tokens_of(&app, &ana).await;
    let second = Tokens::of(&refresh(&app, &first.refresh).await.expect(200));
    let third = Tokens::of(&refresh(&app, &second.refresh).await.expect(200));
    clock.advance(Duration::seconds(11));
    assert_eq!(refresh(&app, &first.refresh).await.expect(400)["error"], "invalid_grant");
    for tokens in [&second, &third] {
        ana.with_bearer(&tokens.access).get(SESSION).await.expect(401);
        assert_eq!(refresh(&app, &tokens.refresh).await.expect(400)["error"], "invalid_grant");
    }
    assert!(app.audit_actions().await.contains(&"session.refresh_token_reused".to_owned()));
}

#[tokio::test]
async fn fifty_refreshes_at_once_on_two_nodes_get_one_and_the_same_successor() {
    let one = TestApp::with_clock(vec![], standing_clock()).await;
    let other = one.another_node(vec![]);
    let ana = one.an_administrator().await;
    let first = tokens_of(&one, &ana).await;
    let nodes = [&one, &other];
    let answers = join_all((0..50).map(|number| refresh(nodes[number % 2], &first.refresh))).await;
    let successors = answers.iter().map(|answer| Tokens::of(&answer.expect(200)).refresh);
    let mut successors = successors.collect::<Vec<_>>();
    successors.dedup();
    assert_eq!(successors.len(), 1);
    refresh(&other, &successors[0]).await.expect(200);
}
