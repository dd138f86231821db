//! How a cluster is made, where, for whom, and what is refused.
#![expect(clippy::unwrap_used, reason = "a failed expectation ends a test")]
#![expect(dead_code, reason = "each test binary uses a part of the support")]

mod support;

use local_postgres::{Durability, Programs, Settings, Version};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use support::{PASSWORD, Place, installed, is_root, mode_of, pretended_programs, query, query_with, refusal};

#[test]
fn a_new_cluster_is_utf_8_sorts_as_in_spanish_and_listens_on_its_socket_only() {
    let place = Place::new();
    let cluster = place.open();
    let answers = [
        (
            "select datlocprovider, daticulocale, pg_encoding_to_char(encoding) from pg_database where datname = 'postgres'",
            "i|es|UTF8",
        ),
        (
            "select string_agg(name, ' ' order by name) from unnest(array['ozono', 'ñandú', 'nube', 'árbol', 'bote']) name",
            "árbol bote nube ñandú ozono",
        ),
        ("show data_checksums", "on"),
        ("show listen_addresses", ""),
        ("show timezone", "UTC"),
        ("show max_connections", "200"),
        ("select count(*) from pg_hba_file_rules where auth_method <> 'scram-sha-256'", "0"),
    ];
    for (statement, expected) in answers {
        assert_eq!(query(&cluster, statement).as_deref(), Ok(expected), "{statement}");
    }
    assert!(
        query_with(&cluster, "wrong", "select 1").unwrap_err().contains("password authentication failed")
    );
    assert!(cluster.version() >= Version { major: 15, minor: 0 });
}

#[test]
fn full_durability_is_what_settings_begin_with() {
    let place = Place::new();
    let settings = Settings::new(place.path(), PASSWORD);
    assert_eq!(settings.durability, Durability::Full);
    let cluster = local_postgres::Cluster::open(&settings).unwrap();
    assert_eq!(query(&cluster, "show fsync").as_deref(), Ok("on"));
    assert_eq!(query(&cluster, "show full_page_writes").as_deref(), Ok("on"));
}

#[test]
fn extra_settings_override_ours() {
    let place = Place::new();
    let extra = vec![("max_connections".into(), "33".into()), ("cluster_name".into(), r"it's \ mine".into())];
    let cluster = local_postgres::Cluster::open(&Settings { extra, ..place.settings() }).unwrap();
    assert_eq!(query(&cluster, "show max_connections").as_deref(), Ok("33"));
    assert_eq!(query(&cluster, "show cluster_name").as_deref(), Ok(r"it's \ mine"));
}

#[test]
fn a_wrong_setting_is_refused_with_what_the_server_says_of_it() {
    let place = Place::new();
    let with =
        |name: &str, value: &str| Settings { extra: vec![(name.into(), value.into())], ..place.settings() };
    let message = refusal(&with("work_mem", "a lot"));
    assert!(message.contains("work_mem") && message.contains("a lot"), "{message}");
    let message = refusal(&with("fsync = on\nport", "1"));
    assert!(message.contains("is not a setting's name"), "{message}");
}

#[test]
fn a_password_that_cannot_be_kept_is_refused() {
    let place = Place::new();
    for password in ["", "two\nlines"] {
        let message = refusal(&Settings { superuser_password: password.into(), ..place.settings() });
        assert!(message.contains("password"), "{message}");
    }
    assert_eq!(place.entries(), ["postgres.lock"]);
}

#[test]
fn odd_characters_in_paths_and_passwords_survive() {
    let place = Place::new();
    let directory = place.path().join(r#"it's "a" b%c\d ñ"#);
    let password = "p@ss:w/r?d#%&=+ 'ñ\"\\";
    let settings = Settings { superuser_password: password.into(), directory, ..place.settings() };
    let cluster = local_postgres::Cluster::open(&settings).unwrap();
    assert!(cluster.socket_directory().starts_with(place.path()));
    assert_eq!(query_with(&cluster, password, "select 1").as_deref(), Ok("1"));
}

#[test]
fn a_path_unfit_for_a_socket_gets_one_in_the_temporary_directory_while_it_runs() {
    for name in ["x".repeat(120), "a, b".into()] {
        let place = Place::new();
        let settings = Settings { directory: place.path().join(name), ..place.settings() };
        let cluster = local_postgres::Cluster::open(&settings).unwrap();
        let sockets = cluster.socket_directory().to_owned();
        assert!(sockets.starts_with(std::env::temp_dir()) && !sockets.starts_with(place.path()));
        assert_eq!(mode_of(&sockets), 0o700);
        assert_eq!(query(&cluster, "select 1").as_deref(), Ok("1"));
        cluster.stop().unwrap();
        assert!(!sockets.exists());
    }
}

#[test]
fn a_cluster_of_another_major_version_is_refused_with_what_to_do() {
    let place = Place::new();
    place.open().stop().unwrap();
    fs::write(place.cluster().join("PG_VERSION"), "13\n").unwrap();
    let message = place.refusal();
    let programs = installed();
    let expected = [
        "PostgreSQL 13",
        "pg_upgrade",
        place.cluster().to_str().unwrap(),
        programs.directory().to_str().unwrap(),
        &programs.version().to_string(),
    ]
    .map(|part| message.contains(part));
    assert_eq!(expected, [true; 5], "{message}");
}

#[test]
fn a_directory_that_is_no_cluster_is_refused_and_left_as_it_is() {
    let place = Place::new();
    place.open().stop().unwrap();
    fs::remove_file(place.cluster().join("PG_VERSION")).unwrap();
    let message = place.refusal();
    assert!(message.contains("move it away"), "{message}");
    assert!(place.cluster().join("global").exists());
}

#[test]
fn permissions_that_are_too_wide_are_closed() {
    let place = Place::new();
    place.open().stop().unwrap();
    fs::set_permissions(place.cluster(), Permissions::from_mode(0o755)).unwrap();
    let cluster = place.open();
    assert_eq!(query(&cluster, "select 1").as_deref(), Ok("1"));
    assert_eq!(mode_of(&place.cluster()), 0o700);
}

#[test]
fn a_failed_initdb_leaves_nothing_behind_and_says_what_it_said() {
    let place = Place::new();
    let programs =
        pretended_programs(&place, "15.9", "mkdir \"$2\"; echo 'initdb: the moon is full' >&2; exit 3");
    let message = refusal(&Settings { program_override: Some(programs), ..place.settings() });
    assert!(message.contains("the moon is full") && message.contains("exit status: 3"), "{message}");
    assert_eq!(place.entries(), ["postgres.lock"]);
}

#[test]
fn what_a_crash_during_initdb_left_is_removed() {
    let place = Place::new();
    let unfinished = place.path().join("postgres.unfinished-0123");
    fs::create_dir_all(unfinished.join("cluster")).unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o711)).unwrap();
    let cluster = place.open();
    assert!(!unfinished.exists());
    assert_eq!(query(&cluster, "select 1").as_deref(), Ok("1"));
}

#[test]
fn a_full_disk_is_called_a_full_disk() {
    let place = Place::new();
    let said = "could not write to file \"pg_wal/xlogtemp.1\": No space left on device";
    let programs = pretended_programs(&place, "15.9", &format!("echo '{said}' >&2; exit 1"));
    let message = refusal(&Settings { program_override: Some(programs), ..place.settings() });
    assert!(message.starts_with("no space is left on the disk of"), "{message}");
}

#[test]
fn a_disk_that_is_really_full_is_called_a_full_disk() {
    let place = Place::new();
    fs::create_dir(place.path()).unwrap();
    // Mounting needs privileges that few have; elsewhere the test above stands in for this one.
    let mut mount = Command::new("mount");
    let arguments = ["-t", "tmpfs", "-o", "size=4m,mode=711", "tmpfs"];
    if !is_root() || !mount.args(arguments).arg(place.path()).status().is_ok_and(|status| status.success()) {
        return;
    }
    let message = place.refusal();
    let entries = place.entries();
    assert!(Command::new("umount").arg(place.path()).status().unwrap().success());
    assert!(message.starts_with("no space is left on the disk of"), "{message}");
    assert_eq!(entries, ["postgres.lock"]);
}

#[test]
fn missing_or_old_programs_are_refused_with_what_to_install() {
    let place = Place::new();
    let old = pretended_programs(&place, "14.2", "true");
    for (directory, reason) in
        [(old.as_path(), "version 14.2"), (Path::new("/nowhere"), "no PostgreSQL server")]
    {
        let message = Programs::find(Some(directory)).unwrap_err().to_string();
        let parts = ["apt install postgresql", directory.to_str().unwrap(), reason];
        assert_eq!(parts.map(|part| message.contains(part)), [true; 3], "{message}");
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_refused() {
    if is_root() {
        return; // Root writes everywhere. The test of the ordinary user comes by here.
    }
    let message = refusal(&support::settings_for(Path::new("/usr/local/cibercase-data")));
    assert!(message.contains("not writable") && message.contains("another data directory"), "{message}");
}

#[test]
fn as_root_a_directory_that_the_server_cannot_reach_is_refused_with_the_one_that_blocks() {
    if !is_root() {
        return; // An ordinary user's server reaches what the user reaches.
    }
    let place = Place::new();
    let blocked = place.path();
    fs::create_dir(&blocked).unwrap();
    fs::set_permissions(&blocked, Permissions::from_mode(0o700)).unwrap();
    let message = refusal(&support::settings_for(&blocked.join("inner")));
    let advice = format!("chmod o+x {}`", blocked.display());
    assert!(message.contains(&advice) && message.contains("--data-dir"), "{message}");
}

#[test]
fn as_root_the_server_runs_as_postgres_without_our_groups_and_environment() {
    if !is_root() {
        return; // The next test runs as somebody else.
    }
    let place = Place::new();
    let _cluster = place.open();
    let user = nix::unistd::User::from_name("postgres").unwrap().unwrap();
    let process = format!("/proc/{}", place.server_pid().unwrap());
    let status = fs::read_to_string(format!("{process}/status")).unwrap();
    let field =
        |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    assert_eq!(field("Uid:"), [user.uid.to_string().as_str(); 4].join("\t"));
    assert_eq!(field("Gid:"), [user.gid.to_string().as_str(); 4].join("\t"));
    assert_eq!(field("Groups:"), "");
    let environment = fs::read_to_string(format!("{process}/environ")).unwrap();
    assert!(!environment.contains("CARGO"), "{environment}");
}

#[test]
fn an_ordinary_user_runs_it_as_oneself() {
    if !is_root() {
        return; // Every other test shows it.
    }
    support::run_these_tests_as_nobody();
}
