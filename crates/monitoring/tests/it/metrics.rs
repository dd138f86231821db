//! What Prometheus reads.

use testkit::Actor;

use crate::node::Node;

const METRICS: &str = "/api/v1/metrics";

async fn read(reader: &Actor) -> String {
    let answer = reader.get(METRICS).await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.header("content-type").unwrap().starts_with("application/openmetrics-text; version=1.0.0")
    );
    answer.text()
}

#[tokio::test]
async fn figures_are_for_who_may_read_them_everywhere() {
    let node = Node::start().await;
    let own = node.organization("Own").await;
    node.nobody().get(METRICS).await.expect_problem(401, "unauthenticated");
    node.an_analyst_of(&own).await.get(METRICS).await.expect_problem(403, "forbidden");
    let here = node.someone(&[(Some(&own), "admin")]).await;
    here.get(METRICS).await.expect_problem(403, "needs_everywhere");
    read(&node.an_administrator().await).await;
}

#[tokio::test]
async fn a_service_reads_them_with_a_token_for_that_alone() {
    let node = Node::start().await;
    let form = [("grant_type", "client_credentials"), ("client_id", "prometheus"), ("client_secret", "test")];
    let token = node.nobody().post_form("/sts/token", &form).await.expect(200);
    let prometheus = node.nobody().with_bearer(token["access_token"].as_str().unwrap());
    assert!(read(&prometheus).await.ends_with("# EOF\n"));
    prometheus.get("/api/v1/tickets").await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn figures_say_what_the_installation_has_seen() {
    let node = Node::with(|config| config.monitoring.full_percent = 0).await;
    node.organization("Own").await;
    node.fail("nobody@example.org", "203.0.113.9", 3).await;
    node.watch().await;
    node.run_job("monitoring.findings").await;
    let text = read(&node.an_administrator().await).await;
    for line in [
        "cibercase_sign_ins_5m{outcome=\"failed\"} 3",
        "cibercase_findings{kind=\"resources\"} 1",
        "cibercase_spool_deliveries 0",
        "cibercase_audit_leaves 3",
    ] {
        assert!(text.lines().any(|have| have == line), "{line}\n{text}");
    }
    for family in ["process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_open_fds "] {
        let value = text.lines().find_map(|line| line.strip_prefix(family)).unwrap();
        assert!(value.parse::<f64>().unwrap() > 0.0, "{family}{value}");
    }
    assert!(text.contains("cibercase_audit_behind{kind=\"witness\",follower="), "{text}");
}
