//! What becomes of the server when processes start, stop and are killed.
#![expect(clippy::unwrap_used, reason = "a failed expectation ends a test")]
#![expect(dead_code, reason = "each test binary uses a part of the support")]

mod support;

use local_postgres::{Cluster, Settings};
use std::fs;
use support::{Place, eventually, kill_nine, query, refusal};

/// Not a test by itself: the others run it in a process of its own.
#[test]
fn another_process_of_ours() {
    support::hold_if_asked();
}

#[test]
fn a_second_start_reuses_the_cluster() {
    let place = Place::new();
    let cluster = place.open();
    query(&cluster, "create table kept as select 42 as answer").unwrap();
    cluster.stop().unwrap();
    let cluster = place.open();
    assert_eq!(query(&cluster, "select answer from kept").as_deref(), Ok("42"));
}

#[test]
fn stopping_and_dropping_both_end_the_server() {
    let place = Place::new();
    place.open().stop().unwrap();
    assert_eq!(place.server_processes(), []);
    drop(place.open());
    assert_eq!(place.server_processes(), []);
    assert_eq!(place.server_pid(), None);
}

#[test]
fn a_session_in_progress_does_not_delay_the_stop() {
    let place = Place::new();
    let cluster = place.open();
    let busy = support::start_query(&cluster, "select pg_sleep(600)");
    let count = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'";
    eventually("the session is busy", || query(&cluster, count).as_deref() == Ok("1"));
    cluster.stop().unwrap();
    let said = busy.wait_with_output().unwrap().stderr;
    assert!(String::from_utf8_lossy(&said).contains("terminating connection"));
}

#[test]
fn a_dead_server_is_restarted() {
    let place = Place::new();
    let cluster = place.open();
    query(&cluster, "create table kept as select 42 as answer").unwrap();
    for _ in 0..2 {
        let pid = place.server_pid().unwrap();
        kill_nine(pid);
        eventually("it answers again", || query(&cluster, "select answer from kept").as_deref() == Ok("42"));
        assert_ne!(place.server_pid(), Some(pid));
    }
    cluster.stop().unwrap();
    assert_eq!(place.server_processes(), []);
}

#[test]
fn a_stale_pid_file_after_kill_nine_is_no_obstacle() {
    let place = Place::new();
    let other = place.held_by_another_process();
    let processes = place.server_processes();
    assert!(processes.len() > 1);
    other.kill_nine();
    processes.into_iter().for_each(kill_nine);
    eventually("all are dead", || place.server_processes().is_empty());
    assert!(place.server_pid().is_some());
    let cluster = place.open();
    assert_eq!(query(&cluster, "select 1").as_deref(), Ok("1"));
}

#[test]
fn children_that_outlive_their_killed_server_are_no_obstacle() {
    let place = Place::new();
    let other = place.held_by_another_process();
    let server = place.server_pid().unwrap();
    // A stopped process cannot notice that its server died.
    let child = place.server_process("checkpointer");
    support::freeze(child);
    other.kill_nine();
    kill_nine(server);
    let thaw = std::thread::spawn(move || {
        eventually("it was told to quit", || support::is_told_to_quit(child));
        support::thaw(child);
    });
    let cluster = place.open();
    thaw.join().unwrap();
    assert_eq!(query(&cluster, "select 1").as_deref(), Ok("1"));
}

#[test]
fn a_pid_file_that_names_a_stranger_or_nobody_is_no_obstacle() {
    let place = Place::new();
    place.open().stop().unwrap();
    for content in [format!("{}\n{}\n", std::process::id(), place.cluster().display()), String::new()] {
        fs::write(place.cluster().join("postmaster.pid"), content).unwrap();
        let cluster = place.open();
        assert_eq!(query(&cluster, "select 1").as_deref(), Ok("1"));
        cluster.stop().unwrap();
    }
}

#[test]
fn a_live_orphan_server_is_adopted() {
    let place = Place::new();
    let other = place.held_by_another_process();
    let pid = place.server_pid().unwrap();
    other.kill_nine();
    let cluster = place.open();
    assert_eq!(place.server_pid(), Some(pid));
    assert_eq!(query(&cluster, "select 1").as_deref(), Ok("1"));
    kill_nine(pid);
    eventually("the adopted server is replaced", || query(&cluster, "select 1").as_deref() == Ok("1"));
    assert_ne!(place.server_pid(), Some(pid));
}

#[test]
fn an_adopted_server_is_stopped_at_the_end() {
    let place = Place::new();
    place.held_by_another_process().kill_nine();
    place.open().stop().unwrap();
    assert_eq!(place.server_processes(), []);
}

#[test]
fn an_interrupt_from_the_terminal_does_not_reach_the_server() {
    let place = Place::new();
    let other = place.held_by_another_process();
    let pid = place.server_pid().unwrap();
    other.press_control_c();
    let cluster = place.open();
    assert_eq!(place.server_pid(), Some(pid));
    assert_eq!(query(&cluster, "select 1").as_deref(), Ok("1"));
}

#[test]
fn a_second_process_is_told_who_holds_the_cluster() {
    let place = Place::new();
    let other = place.held_by_another_process();
    let message = place.refusal();
    assert!(message.contains(&format!("process {} already holds", other.pid())), "{message}");
    other.end();
    assert_eq!(place.server_processes(), []);
}

#[test]
fn a_process_that_shares_the_server_leaves_it_running() {
    let place = Place::new();
    let shared = Settings { share: true, ..place.settings() };
    let holder = Cluster::open(&shared).unwrap();
    assert!(!holder.is_shared());
    let guest = Cluster::open(&shared).unwrap();
    assert!(guest.is_shared());
    assert_eq!(query(&guest, "select 1").as_deref(), Ok("1"));
    guest.stop().unwrap();
    assert_eq!(query(&holder, "select 1").as_deref(), Ok("1"));
}

#[test]
fn of_many_processes_that_share_one_makes_the_cluster_and_the_others_wait_for_it() {
    let place = Place::new();
    let shared = Settings { share: true, ..place.settings() };
    let clusters: Vec<Cluster> = std::thread::scope(|scope| {
        let openings: Vec<_> = (0..4).map(|_| scope.spawn(|| Cluster::open(&shared).unwrap())).collect();
        openings.into_iter().map(|opening| opening.join().unwrap()).collect()
    });
    assert_eq!(clusters.iter().filter(|cluster| !cluster.is_shared()).count(), 1);
    for cluster in &clusters {
        assert_eq!(query(cluster, "select 1").as_deref(), Ok("1"));
    }
}

#[test]
fn a_failed_start_gives_the_lock_back() {
    let place = Place::new();
    let wrong = Settings { extra: vec![("work_mem".into(), "a lot".into())], ..place.settings() };
    assert!(refusal(&wrong).contains("work_mem"));
    assert_eq!(query(&place.open(), "select 1").as_deref(), Ok("1"));
}

#[test]
fn an_ordinary_user_runs_it_as_oneself() {
    if !support::is_root() {
        return; // Every other test shows it.
    }
    support::run_these_tests_as_nobody();
}
