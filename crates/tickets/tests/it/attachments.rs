//! Attached files.

use std::path::PathBuf;

use http::Method;
use testkit::{Actor, Answer, Setup, TestApp, json};

use crate::support::*;

const BOUNDARY: &str = "a-boundary-of-the-test";

pub async fn upload(who: &Actor, path: &str, name: &str, bytes: &[u8]) -> Answer {
    let mut body = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: text/html\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let request = who
        .request(Method::POST, path)
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .body(body.into())
        .unwrap();
    who.send(request).await
}

async fn start_small() -> TestApp {
    let mut setup = Setup::default();
    setup.config.attachments.size_bytes = 1000;
    TestApp::start_with(vec![tickets::module(), notifications::module(), alerts::module()], setup).await
}

/// Every file under the data directory's attachments.
fn files(app: &TestApp) -> Vec<PathBuf> {
    let Ok(shelves) = std::fs::read_dir(app.config.data_directory.join("attachments")) else {
        return Vec::new();
    };
    shelves
        .flat_map(|shelf| std::fs::read_dir(shelf.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect()
}

#[tokio::test]
async fn a_file_is_kept_under_a_generated_name_and_comes_back_as_it_was() {
    use std::os::unix::fs::PermissionsExt;
    let app = start_small().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let made = ticket(&ana, &acme, "A call").await;
    let place = format!("{}/attachments", path(&made));
    let bytes = b"<script>alert(1)</script>";
    let kept = upload(&ana, &place, "../../etc/p\u{f1}sswd.html", bytes).await.expect(201);
    assert_eq!(kept["name"], "p\u{f1}sswd.html");
    assert_eq!(kept["size_bytes"], bytes.len());
    assert_eq!(kept["sha256"].as_str().unwrap().len(), 64);
    let files = files(&app);
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].file_name().unwrap().to_str().unwrap(), id(&kept).replace('-', ""));
    assert_eq!(std::fs::metadata(&files[0]).unwrap().permissions().mode() & 0o777, 0o600);
    let download = ana.get(&format!("/api/v1/attachments/{}", id(&kept))).await;
    assert_eq!(download.status, 200);
    assert_eq!(download.body, bytes);
    assert_eq!(download.header("content-type"), Some("application/octet-stream"));
    assert_eq!(download.header("x-content-type-options"), Some("nosniff"));
    assert!(download.header("content-security-policy").unwrap().contains("sandbox"));
    assert!(
        download.header("content-disposition").unwrap().starts_with("attachment; filename=\"p_sswd.html\"")
    );
    assert_eq!(ana.get(&place).await.items().len(), 1);
    assert_eq!(history(&ana, &made).await, ["created", "attachment"]);
    ana.delete(&format!("/api/v1/attachments/{}", id(&kept))).await.expect(204);
    ana.get(&format!("/api/v1/attachments/{}", id(&kept))).await.expect_problem(404, "not_found");
    assert!(ana.get(&place).await.items().is_empty());
}

#[tokio::test]
async fn a_file_that_is_too_large_leaves_nothing_behind() {
    let app = start_small().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let made = ticket(&ana, &acme, "A call").await;
    let place = format!("{}/attachments", path(&made));
    upload(&ana, &place, "big", &[b'x'; 1001]).await.expect_problem(413, "too_large");
    upload(&ana, &place, "huge", &vec![b'x'; 5_000_000]).await.expect_problem(413, "too_large");
    upload(&ana, &place, "empty", b"").await.expect_problem(422, "validation_failed");
    assert!(files(&app).is_empty());
    upload(&ana, &place, "fits", &[b'x'; 1000]).await.expect(201);
}

#[tokio::test]
async fn a_form_without_a_file_or_without_an_end_is_refused() {
    let app = start_small().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let made = ticket(&ana, &acme, "A call").await;
    let place = format!("{}/attachments", path(&made));
    ana.post(&place, json!({ "file": "x" })).await.expect_problem(415, "unsupported_media_type");
    let form = format!("multipart/form-data; boundary={BOUNDARY}");
    let send = async |body: String| {
        let request =
            ana.request(Method::POST, &place).header("content-type", form.clone()).body(body.into()).unwrap();
        ana.send(request).await
    };
    let other = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"other\"\r\n\r\nx\r\n--{BOUNDARY}--\r\n"
    );
    send(other).await.expect_problem(422, "validation_failed");
    let cut = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhalf of"
    );
    send(cut).await.expect_problem(400, "malformed_form");
    assert!(files(&app).is_empty());
}

#[tokio::test]
async fn files_are_for_those_who_may_see_the_ticket() {
    let app = start_small().await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let ana = app.an_analyst_of(&acme).await;
    let stranger = app.an_analyst_of(&other).await;
    let (auditor, viewer) = (app.an_auditor_of(&acme).await, app.a_viewer_of(&acme).await);
    let made = ticket(&ana, &acme, "A call").await;
    let place = format!("{}/attachments", path(&made));
    let kept = upload(&ana, &place, "a.txt", b"secret").await.expect(201);
    let file = format!("/api/v1/attachments/{}", id(&kept));
    assert_eq!(auditor.get(&file).await.body, b"secret");
    viewer.get(&file).await.expect_problem(403, "forbidden");
    stranger.get(&file).await.expect_problem(404, "not_found");
    stranger.delete(&file).await.expect_problem(404, "not_found");
    upload(&stranger, &place, "a.txt", b"x").await.expect_problem(404, "not_found");
    upload(&auditor, &place, "a.txt", b"x").await.expect_problem(403, "forbidden");
    assert_eq!(files(&app).len(), 1);
}
