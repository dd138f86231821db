//! The authority's files, whatever is left of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use mtls::authority::{Authority, OWN, Standing};
use time::{Duration, OffsetDateTime};

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap()
}

fn init(directory: &Path) -> anyhow::Result<Authority> {
    Authority::init(directory, "cibercase", &["localhost".to_owned()], 90, now())
}

fn open(directory: &Path) -> Authority {
    Authority::open(directory, now()).unwrap()
}

/// What a server with these files would accept, as far as they can be read.
fn serves(directory: &Path) -> anyhow::Result<std::sync::Arc<tls::Server>> {
    tls::Server::open(tls::Files {
        certificate: directory.join("cibercase.pem"),
        key: directory.join("cibercase.pem"),
        clients: tls::Clients::Everybody(directory.join("authority.pem")),
        revocations: Some(directory.join("revoked.pem")),
        protocols: &[],
    })
}

/// Whether the server's verifier takes the certificate that is in a file's text.
fn is_accepted(directory: &Path, bundle: &str) -> bool {
    let loaded = serves(directory).unwrap().loaded();
    let (_, pem) = x509_parser::pem::parse_x509_pem(bundle.as_bytes()).unwrap();
    let at = std::time::Duration::from_secs(u64::try_from(now().unix_timestamp()).unwrap());
    let at = tokio_rustls::rustls::pki_types::UnixTime::since_unix_epoch(at);
    loaded.verifier.as_ref().unwrap().verify_client_cert(&pem.contents.into(), &[], at).is_ok()
}

fn names(directory: &Path) -> Vec<String> {
    let mut names = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect::<Vec<_>>();
    names.sort();
    names
}

#[test]
fn an_authority_that_was_cut_off_anywhere_is_completed_by_the_next_init() {
    let whole = tempfile::tempdir().unwrap();
    drop(init(&whole.path().join("certs")).unwrap());
    let files = ["register.json", "authority.key", "authority.pem", "revoked.pem", "cibercase.pem"];
    // As many of the files as were written before the process was killed, in their order, and a draft of the next.
    for kept in 0..files.len() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("certs");
        drop(init(&place).unwrap());
        for name in &files[kept..] {
            fs::remove_file(place.join(name)).unwrap();
            fs::write(place.join(format!(".{name}.draft")), "half a fi").unwrap();
        }
        drop(init(&place).unwrap_or_else(|error| panic!("{kept}: {error:#}")));
        serves(&place).unwrap();
        open(&place).issue("desk", &[], 30, now()).unwrap();
        assert!(is_accepted(&place, &fs::read_to_string(place.join("desk.pem")).unwrap()), "{kept}");
    }
    // Twice is once.
    let place = whole.path().join("certs");
    let key = fs::read(place.join("authority.key")).unwrap();
    drop(init(&place).unwrap());
    assert_eq!(fs::read(place.join("authority.key")).unwrap(), key);
    assert_eq!(open(&place).list().count(), 1);
}

#[test]
fn what_cannot_be_made_again_is_not_made_anew_in_silence() {
    for (lost, told) in [("register.json", "nobody knows what was issued"), ("authority.key", "is gone")] {
        let directory = tempfile::tempdir().unwrap();
        drop(init(directory.path()).unwrap());
        fs::remove_file(directory.path().join(lost)).unwrap();
        let error = format!("{:#}", init(directory.path()).err().unwrap());
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn what_was_revoked_stays_revoked_whatever_is_lost_after_the_register() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let mut authority = init(place).unwrap();
    authority.issue("desk", &[], 30, now()).unwrap();
    let bundle = fs::read_to_string(place.join("desk.pem")).unwrap();
    let list_before = fs::read(place.join("revoked.pem")).unwrap();
    assert!(is_accepted(place, &bundle));
    authority.revoke("desk", now()).unwrap();
    drop(authority);
    assert!(!is_accepted(place, &bundle));
    assert!(!place.join("desk.pem").exists(), "its key is of no use");
    // Killed before the list was written: whoever opens the authority next writes it.
    fs::write(place.join("revoked.pem"), list_before).unwrap();
    fs::write(place.join("desk.pem"), &bundle).unwrap();
    assert!(is_accepted(place, &bundle));
    let mut authority = open(place);
    assert!(!is_accepted(place, &bundle));
    // Revoking again changes nothing but what was left undone.
    authority.revoke("desk", now()).unwrap();
    assert!(!place.join("desk.pem").exists());
    assert_eq!(authority.list().filter(|one| one.standing(now()) == Standing::Revoked).count(), 1);
    // Another takes its place.
    authority.issue("desk", &[], 30, now()).unwrap();
    assert!(is_accepted(place, &fs::read_to_string(place.join("desk.pem")).unwrap()));
}

#[test]
fn a_certificate_whose_file_is_elsewhere_stays_good_when_another_is_issued() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let mut authority = init(place).unwrap();
    let moved = authority.issue("desk", &[], 30, now()).unwrap();
    fs::remove_file(&moved.file).unwrap();
    let delivered = authority.issue("desk", &[], 30, now()).unwrap();
    let of = |serial: &str| authority.list().find(|one| one.serial == serial).unwrap().standing(now());
    assert_eq!((of(&moved.issued.serial), of(&delivered.issued.serial)), (Standing::Good, Standing::Good));
}

#[test]
fn a_renewal_leaves_the_one_before_good_until_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let mut authority = init(place).unwrap();
    authority.issue("desk", &["desk.example.org".to_owned()], 30, now()).unwrap();
    let before = fs::read_to_string(place.join("desk.pem")).unwrap();
    assert!(authority.issue("desk", &[], 30, now()).unwrap_err().to_string().contains("renew or revoke"));
    let renewed = authority.renew("desk", None, now()).unwrap();
    assert_eq!(renewed.issued.hosts, ["desk.example.org"]);
    let after = fs::read_to_string(place.join("desk.pem")).unwrap();
    assert!(before != after && is_accepted(place, &before) && is_accepted(place, &after));
    assert_eq!(authority.in_use().iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), [OWN, "desk"]);
    assert_eq!(renewed.issued.standing(now() + Duration::days(17)), Standing::Late);
    assert_eq!(renewed.issued.standing(now() + Duration::days(30)), Standing::Expired);
}

#[test]
fn its_files_are_private_and_nothing_else_lies_about() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("certs");
    let mut authority = init(&place).unwrap();
    authority.issue("desk", &[], 30, now()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place), 0o700);
    let files = names(&place);
    assert_eq!(
        files,
        [
            ".lock",
            "authority.key",
            "authority.pem",
            "cibercase.pem",
            "desk.pem",
            "register.json",
            "revoked.pem"
        ]
    );
    for name in files {
        assert_eq!(mode(&place.join(&name)), 0o600, "{name}");
    }
    let error = Authority::open(&place, now()).err().unwrap().to_string();
    assert!(error.contains("another `cibercase certs`"), "{error}");
}

#[test]
fn a_name_is_no_path() {
    let directory = tempfile::tempdir().unwrap();
    let mut authority = init(directory.path()).unwrap();
    for name in
        ["", "../desk", "/etc/desk", "Desk", "desk.pem", ".lock", "authority", "revoked", &"d".repeat(49)]
    {
        assert!(authority.issue(name, &[], 30, now()).is_err(), "{name}");
    }
    for days in [0, 826] {
        assert!(authority.issue("desk", &[], days, now()).is_err(), "{days}");
    }
}

#[test]
fn a_revocation_list_is_made_anew_before_it_is_old() {
    let directory = tempfile::tempdir().unwrap();
    drop(init(directory.path()).unwrap());
    let list = || fs::read(directory.path().join("revoked.pem")).unwrap();
    let first = list();
    drop(Authority::open(directory.path(), now() + Duration::days(1)).unwrap());
    assert_eq!(list(), first);
    drop(Authority::open(directory.path(), now() + Duration::days(8)).unwrap());
    assert_ne!(list(), first);
}

#[test]
fn the_listeners_own_certificate_is_renewed_before_the_one_before_is_revoked() {
    let directory = tempfile::tempdir().unwrap();
    let mut authority = init(directory.path()).unwrap();
    let first = authority.in_use()[0].serial.clone();
    for own in [OWN, &first] {
        let refusal = authority.revoke(own, now()).unwrap_err().to_string();
        assert!(refusal.contains("renew cibercase"), "{refusal}");
    }
    authority.renew(OWN, None, now()).unwrap();
    authority.revoke(&first, now()).unwrap();
    assert!(directory.path().join("cibercase.pem").exists());
}

#[test]
fn a_listener_with_a_certificate_of_another_authority_is_warned_of_beside_our_own() {
    let data = tempfile::tempdir().unwrap();
    drop(init(&data.path().join("certs")).unwrap());
    let elsewhere = tempfile::tempdir().unwrap();
    drop(Authority::init(elsewhere.path().join("certs").as_path(), "other", &[], 10, now()).unwrap());
    let mut config = platform::config::Config::defaults().unwrap();
    config.data_directory = data.path().to_owned();
    config.mtls.enabled = true;
    assert!(mtls::warnings(&config, now()).unwrap().is_empty());
    let theirs = |name: &str| elsewhere.path().join("certs").join(name);
    config.mtls.certificate_file = theirs("cibercase.pem");
    config.mtls.key_file = theirs("cibercase.pem");
    config.mtls.client_ca_file = theirs("authority.pem");
    let warnings = mtls::warnings(&config, now()).unwrap();
    let names = warnings.iter().map(|warning| warning.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["the internal listener"]);
}
