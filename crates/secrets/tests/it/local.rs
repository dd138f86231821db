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

/// The files of `secrets/` as they stand.
type Snapshot = Vec<(String, String)>;

impl Scene {
    fn snapshot(&self) -> Snapshot {
        let entries = fs::read_dir(self.directory.path().join("secrets")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut files = names
            .filter(|name| name != ".lock")
            .map(|name| (name.clone(), self.text(&name)))
            .collect::<Snapshot>();
        files.sort();
        files
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).unwrap();
    }

    /// Opens, as the next start does, and finds every secret; nothing is left half done.
    fn starts_and_settles(&self, state: &str) {
        let store = self.open().unwrap_or_else(|error| panic!("{state}: {error:#}"));
        for name in ["one", "other"] {
            assert_eq!(kept(&store, name), format!("{name}'s secret"), "{state}");
        }
        let changing = store.sealing_keys().unwrap().into_iter().filter(|key| key.is_changing);
        assert_eq!(changing.count(), 0, "{state}");
        assert_eq!(self.text("master-key").lines().count(), 1, "{state}");
        assert!(!self.text("data-key").contains("before"), "{state}");
    }
}

fn with_two() -> Scene {
    let scene = Scene::new();
    let store = scene.open().unwrap();
    for name in ["one", "other"] {
        store.get_or_make(name, || format!("{name}'s secret")).unwrap();
    }
    scene
}

fn now() -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap()
}

fn find<'a>(files: &'a Snapshot, name: &str) -> &'a str {
    &files.iter().find(|(known, _)| known == name).unwrap().1
}

#[test]
fn changed_sealing_keys_open_everything_for_those_who_knew_the_ones_before_and_those_open_nothing_any_more() {
    let scene = with_two();
    let (early, before) = (scene.open().unwrap(), scene.snapshot());
    let age = early.list().unwrap();
    let late = scene.open().unwrap();
    for key in ["data-key", "master-key"] {
        late.change_sealing_key(key, now()).unwrap();
        scene.starts_and_settles(key);
        assert_eq!(kept(&early, "one"), "one's secret", "{key}");
    }
    early.get_or_make("third", || "of who began early".to_owned()).unwrap();
    assert_eq!(kept(&late, "third"), "of who began early");
    for (name, text) in &before {
        assert_ne!(&scene.text(name), text, "{name} is as it was");
    }
    let ages = |list: Vec<platform::secrets::KeptSecret>| {
        list.into_iter().filter(|secret| secret.name != "third").collect::<Vec<_>>()
    };
    assert_eq!(ages(early.list().unwrap()), ages(age), "a secret that was sealed anew is as old as it was");
    let since = late.sealing_keys().unwrap().into_iter().find(|key| key.name == "data-key").unwrap().since;
    assert_eq!(since, Some(now()));
    assert!(refusal(late.change_sealing_key("api-secret", now())).contains("no sealing key"));
    for stolen in ["data-key", "master-key"] {
        let present = scene.text(stolen);
        scene.put(stolen, find(&before, stolen));
        assert!(scene.open().and_then(|store| store.get("one")).is_err(), "the {stolen} of before opens");
        scene.put(stolen, &present);
    }
}

#[test]
fn a_change_of_the_data_key_that_is_killed_anywhere_is_ended_by_the_next_start() {
    let scene = with_two();
    let before = scene.snapshot();
    scene.open().unwrap().change_sealing_key("data-key", now()).unwrap();
    let after = scene.snapshot();
    let parsed =
        |files: &Snapshot| -> serde_json::Value { serde_json::from_str(find(files, "data-key")).unwrap() };
    let mut between = parsed(&after);
    between["before"] = parsed(&before)["key"].clone();
    // As many secrets as were sealed anew before the process was killed.
    for done in 0..=2 {
        scene.put("data-key", &between.to_string());
        for (place, name) in ["one", "other"].into_iter().enumerate() {
            scene.put(name, find(if place < done { &after } else { &before }, name));
        }
        scene.starts_and_settles(&format!("{done} done"));
    }
}

#[test]
fn a_change_of_the_master_key_that_is_killed_anywhere_is_ended_by_the_next_start() {
    let scene = with_two();
    let before = scene.snapshot();
    scene.open().unwrap().change_sealing_key("master-key", now()).unwrap();
    let after = scene.snapshot();
    let both = format!("{}\n{}\n", find(&after, "master-key"), find(&before, "master-key"));
    for (state, data_key) in [("begun", &before), ("wrapped", &after)] {
        scene.put("master-key", &both);
        scene.put("data-key", find(data_key, "data-key"));
        scene.starts_and_settles(state);
    }
}

#[test]
fn a_secret_that_nothing_opens_keeps_the_data_key_of_before() {
    let scene = with_two();
    let broken = scene.text("one").replace("sealed:1:", "sealed:1:AAAA");
    let whole = scene.text("one");
    scene.put("one", &broken);
    let store = scene.open().unwrap();
    assert!(store.change_sealing_key("data-key", now()).is_err());
    assert_eq!(kept(&store, "other"), "other's secret");
    // It comes back from a backup, and the next start goes on.
    scene.put("one", &whole);
    scene.starts_and_settles("restored");
}

#[test]
fn who_writes_while_the_keys_change_loses_nothing() {
    let scene = with_two();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let store = scene.open().unwrap();
            for number in 0..40 {
                let name = format!("made-{number}");
                store.get_or_make(&name, || name.clone()).unwrap();
            }
        });
        let store = scene.open().unwrap();
        while !writer.is_finished() {
            store.change_sealing_key("data-key", now()).unwrap();
            store.change_sealing_key("master-key", now()).unwrap();
        }
    });
    let store = scene.open().unwrap();
    for number in 0..40 {
        let name = format!("made-{number}");
        assert_eq!(kept(&store, &name), name);
    }
}
