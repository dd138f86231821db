//! What is kept outside the database.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use platform::config::Config;
use testkit::{Setup, TestApp};

use crate::log::{Log, setup};

#[tokio::test]
async fn the_data_directory_has_a_private_copy_of_every_leaf_and_checkpoint() {
    let log = Log::start().await;
    log.records(5).await;
    log.settle().await;
    log.sequence().await;
    let mirror = audit::mirror(log.directory());
    for name in ["leaves", "checkpoints"] {
        let found = fs::metadata(mirror.join(name)).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(fs::read(mirror.join("leaves")).unwrap().len(), 5 * 32);
    let note = fs::read_to_string(mirror.join("checkpoints")).unwrap();
    assert!(note.starts_with(log.key().name()), "{note}");
    assert!(log.verify_with_mirror().await.is_intact);
}

#[tokio::test]
async fn what_a_kill_cut_off_in_a_witness_is_written_again() {
    let log = Log::start().await;
    log.records(5).await;
    log.settle().await;
    log.sequence().await;
    let mirror = audit::mirror(log.directory());
    for name in ["leaves", "checkpoints"] {
        let whole = fs::read(mirror.join(name)).unwrap();
        fs::write(mirror.join(name), &whole[..whole.len() - 7]).unwrap();
    }
    let after = log.another_node();
    after.records(2).await;
    after.settle().await;
    after.sequence().await;
    assert_eq!(fs::read(mirror.join("leaves")).unwrap().len(), 7 * 32);
    let report = log.verify_with_mirror().await;
    assert!(report.is_intact && report.witnessed == Some(7), "{report}");
}

#[tokio::test]
async fn further_witnesses_hear_the_same() {
    let elsewhere = tempfile::tempdir().unwrap();
    let directory = elsewhere.path().join("witness");
    let mut config = Config::defaults().unwrap();
    config.audit.witnesses = vec![directory.display().to_string()];
    let log = Log { app: TestApp::start_with(vec![audit::module()], Setup { config, ..setup() }).await };
    log.records(3).await;
    log.settle().await;
    log.sequence().await;
    assert_eq!(log.verify_with(&directory).await.witnessed, Some(3));
    // The notes alone do, where leaves were not kept.
    assert!(log.verify_with(&directory.join("checkpoints")).await.is_intact);
}

#[tokio::test]
async fn a_witness_that_cannot_write_keeps_no_record_from_its_leaf() {
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("no directory");
    fs::write(&file, "").unwrap();
    let mut config = Config::defaults().unwrap();
    config.audit.witnesses = vec![file.display().to_string()];
    let log = Log { app: TestApp::start_with(vec![audit::module()], Setup { config, ..setup() }).await };
    log.records(3).await;
    let mut root = log.superuser().await;
    let began = std::time::Instant::now();
    while crate::log::count_of_leaves(&mut root).await < 3 {
        let _ = log.try_sequence().await;
        assert!(began.elapsed() < std::time::Duration::from_secs(120), "records stay without a leaf");
    }
    assert!(log.verify_with_mirror().await.is_intact);
}
