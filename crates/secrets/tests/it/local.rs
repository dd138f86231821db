//! Sealed files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use platform::config::SecretProvider;
use platform::secrets::SecretStore;
use tempfile::TempDir;

use crate::{config, kept, refusal};

struct Scene {
    directory: TempDir,
    master_key: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let master_key = PathBuf::new();
        Self { directory, master_key }
    }

    fn open(&self) -> anyhow::Result<SecretStore> {
        let mut config = config(self.directory.path(), SecretProvider::Local);
        config.secrets.master_key_file = self.master_key.clone();
        secrets::open(&config)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join("secrets").join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }
}

#[test]
fn a_secret_is_made_once_and_nowhere_on_the_disk_in_the_clear() {
    let scene = Scene::new();
    let made = scene.open().unwrap().get_or_make("api-secret", || "hunter2-canary".to_owned()).unwrap();
    assert_eq!(made, "hunter2-canary");
    assert_eq!(kept(&scene.open().unwrap(), "api-secret"), "hunter2-canary");
    for entry in fs::read_dir(scene.directory.path().join("secrets")).unwrap() {
        let path = entry.unwrap().path();
        assert!(!fs::read_to_string(&path).unwrap().contains("canary"), "{}", path.display());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
}

#[test]
fn a_plain_file_of_an_earlier_version_is_read_and_sealed() {
    let scene = Scene::new();
    SecretStore::open(scene.directory.path())
        .unwrap()
        .get_or_make("api-secret", || "plain".to_owned())
        .unwrap();
    assert_eq!(scene.text("api-secret"), "plain");
    assert_eq!(kept(&scene.open().unwrap(), "api-secret"), "plain");
    assert!(scene.text("api-secret").starts_with("sealed:1:"));
    assert_eq!(kept(&scene.open().unwrap(), "api-secret"), "plain");
}

#[test]
fn a_sealed_file_that_was_changed_cut_or_moved_to_another_name_is_refused() {
    let scene = Scene::new();
    scene.open().unwrap().get_or_make("one", || "first".to_owned()).unwrap();
    scene.open().unwrap().get_or_make("other", || "second".to_owned()).unwrap();
    let sealed = scene.text("one");
    let mut flipped = sealed.clone().into_bytes();
    let middle = flipped.len() / 2;
    flipped[middle] = if flipped[middle] == b'A' { b'B' } else { b'A' };
    let bad = [
        ("flipped", String::from_utf8(flipped).unwrap()),
        ("cut", sealed[..sealed.len() - 8].to_owned()),
        ("empty", "sealed:1:".to_owned()),
        ("no base64", "sealed:1:?!".to_owned()),
        ("another's", scene.text("other")),
    ];
    for (what, text) in bad {
        fs::write(scene.file("one"), text).unwrap();
        let said = refusal(scene.open().unwrap().get("one"));
        assert!(said.contains("secrets/one") && said.contains("changed"), "{what}: {said}");
    }
}

#[test]
fn without_its_master_key_nothing_opens_and_no_new_one_is_made() {
    let scene = Scene::new();
    scene.open().unwrap().get_or_make("api-secret", || "kept".to_owned()).unwrap();
    fs::remove_file(scene.file("master-key")).unwrap();
    assert!(refusal(scene.open()).contains("the master key is missing"));
    fs::write(scene.file("master-key"), "ab".repeat(32)).unwrap();
    assert!(refusal(scene.open()).contains("does not open secrets/data-key"));
    for wrong in ["", "abc", &"zz".repeat(32), &"é".repeat(32)] {
        fs::write(scene.file("master-key"), wrong).unwrap();
        assert!(refusal(scene.open()).contains("64 digits of hexadecimal"), "{wrong:?}");
    }
}

#[test]
fn a_master_key_elsewhere_leaves_nothing_in_the_data_directory_that_opens_a_secret() {
    let elsewhere = TempDir::new().unwrap();
    let mut scene = Scene::new();
    scene.master_key = elsewhere.path().join("master");
    scene.open().unwrap().get_or_make("api-secret", || "kept".to_owned()).unwrap();
    assert_eq!(kept(&scene.open().unwrap(), "api-secret"), "kept");
    assert!(!scene.file("master-key").exists());
    assert_eq!(fs::metadata(&scene.master_key).unwrap().permissions().mode() & 0o777, 0o600);
    scene.master_key = PathBuf::new();
    assert!(refusal(scene.open()).contains("the master key is missing"));
}

#[test]
fn processes_that_start_at_once_agree_on_every_secret() {
    let scene = Scene::new();
    let made = std::thread::scope(|threads| {
        let starts = (0..16).map(|number| {
            let scene = &scene;
            threads.spawn(move || {
                let store = scene.open().unwrap();
                store.get_or_make("api-secret", || format!("of {number}")).unwrap()
            })
        });
        let starts = starts.collect::<Vec<_>>();
        starts.into_iter().map(|start| start.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(made.iter().all(|secret| *secret == made[0]), "{made:?}");
}

#[test]
fn the_list_names_secrets_with_their_time_and_not_what_seals_them() {
    let scene = Scene::new();
    let store = scene.open().unwrap();
    for name in ["database-password", "api-secret"] {
        store.get_or_make(name, || "kept".to_owned()).unwrap();
    }
    fs::write(scene.file(".api-secret.0011"), "a draft").unwrap();
    let list = store.list().unwrap();
    assert_eq!(
        list.iter().map(|kept| kept.name.as_str()).collect::<Vec<_>>(),
        ["api-secret", "database-password"]
    );
    assert!(list.iter().all(|kept| kept.since.is_some()));
}
