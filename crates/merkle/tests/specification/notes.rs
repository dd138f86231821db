//! Checkpoints and the notes that carry them.

use merkle::{BadNote, Checkpoint, NotACheckpoint, SigningKey, VerifyingKey, leaf_hash};

const TEXT: &str = "soc.example.org/audit\n12345\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

fn key(name: &str, seed: u8) -> SigningKey {
    SigningKey::of(name, &[seed; 32]).unwrap()
}

#[test]
fn a_checkpoint_is_read_as_it_was_written() {
    let written = Checkpoint { origin: "soc.example.org/audit".into(), size: 7, root: leaf_hash(b"x") };
    assert_eq!(Checkpoint::read(&written.to_string()), Ok(written.clone()));
    assert_eq!(Checkpoint::read(&format!("{written}an extension\n")), Ok(written));
    assert_eq!(Checkpoint::read(TEXT).unwrap().to_string(), TEXT);
}

#[test]
fn what_is_no_checkpoint_is_refused() {
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    for text in [
        String::new(),
        "\n".into(),
        "origin\n1\n".into(),
        format!("origin\n1\n{root}"),
        format!("\n1\n{root}\n"),
        format!("origin\n01\n{root}\n"),
        format!("origin\n+1\n{root}\n"),
        format!("origin\n-1\n{root}\n"),
        format!("origin\n18446744073709551616\n{root}\n"),
        format!("origin\n1\n{root}AA\n"),
        "origin\n1\nAAAA\n".into(),
        format!("origin\n1\n{root}\n\nsomething\n"),
    ] {
        assert_eq!(Checkpoint::read(&text), Err(NotACheckpoint), "{text:?}");
    }
}

#[test]
fn a_note_opens_with_the_key_that_signed_it_and_no_other() {
    let note = key("soc.example.org", 1).sign(TEXT).unwrap();
    assert_eq!(key("soc.example.org", 1).public().open(&note), Ok(TEXT));
    assert_eq!(key("soc.example.org", 2).public().open(&note), Err(BadNote::Unsigned));
    assert_eq!(key("other.example.org", 1).public().open(&note), Err(BadNote::Unsigned));
}

#[test]
fn a_note_changed_anywhere_does_not_open() {
    let key = key("soc.example.org", 1);
    let note = key.sign(TEXT).unwrap();
    assert_eq!(key.public().open(&note.replace("12345", "12346")), Err(BadNote::Forged));
    for at in 0..note.len() {
        let mut bytes = note.clone().into_bytes();
        bytes[at] ^= 1;
        if let Ok(changed) = String::from_utf8(bytes) {
            assert!(key.public().open(&changed).is_err(), "byte {at}");
        }
        if let Some(shorter) = note.get(..at) {
            assert!(key.public().open(shorter).is_err(), "cut at {at}");
        }
    }
}

#[test]
fn a_note_may_carry_signatures_of_others() {
    let (log, witness) = (key("soc.example.org", 1), key("witness.example.net", 2));
    let note = log.sign(TEXT).unwrap();
    let line = witness.sign(TEXT).unwrap().rsplit_once("\n\n").unwrap().1.to_owned();
    let both = format!("{note}{line}");
    assert_eq!(log.public().open(&both), Ok(TEXT));
    assert_eq!(witness.public().open(&both), Ok(TEXT));
}

#[test]
fn a_public_key_is_handed_on_as_a_line_of_text() {
    let signing = key("soc.example.org", 9);
    let key = signing.public();
    assert_eq!(VerifyingKey::read(&key.to_string()).as_ref(), Ok(key));
    for text in ["", "a+b", "a+00000000+AQ==", &key.to_string().replace("soc", "sic")] {
        assert_eq!(VerifyingKey::read(text), Err(BadNote::Key), "{text}");
    }
    for name in ["", "two words", "a+b", "line\nend"] {
        assert!(matches!(SigningKey::of(name, &[0; 32]), Err(BadNote::Key)), "{name:?}");
    }
}

#[test]
fn the_key_and_signature_of_the_published_example_of_signed_notes_are_read() {
    let key =
        VerifyingKey::read("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").unwrap();
    let note = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    assert!(key.open(note).is_ok());
}
