use std::net::{Ipv4Addr, SocketAddr};

use time::OffsetDateTime;
use vocab::SourceId;

use super::*;

const LIMIT: u64 = 1024 * 1024;

fn batch(messages: &[&str]) -> Batch {
    let mut batch = Batch::default();
    let sender = SocketAddr::from((Ipv4Addr::LOCALHOST, 514));
    let origin = Origin {
        received_at: OffsetDateTime::UNIX_EPOCH,
        sender,
        transport: Transport::Tls,
        source: SourceId(Uuid::from_u128(7)),
        peer: Some("ab12"),
    };
    for message in messages {
        batch.push(&origin, message.as_bytes(), false);
    }
    batch
}

fn append(spool: &Spool, messages: &[&str]) -> Result<()> {
    spool.append(&batch(messages)).map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
    Ok(spool.sync()?)
}

fn messages(records: &[Record]) -> Vec<String> {
    records.iter().map(|record| String::from_utf8_lossy(&record.accepted.message).into_owned()).collect()
}

#[test]
fn what_was_appended_is_read_in_order_and_again_after_opening() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let spool = Spool::open(directory.path(), LIMIT)?;
    append(&spool, &["one", "two"])?;
    append(&spool, &["three"])?;
    let records = spool.read(0, 100, 1 << 20)?;
    assert_eq!(messages(&records), ["one", "two", "three"]);
    let first = records.first().context("a record")?;
    assert_eq!((first.accepted.transport, first.accepted.peer.as_deref()), (Transport::Tls, Some("ab12")));
    let (id, place) = (spool.id, first.end);
    drop(spool);
    let spool = Spool::open(directory.path(), LIMIT)?;
    assert_eq!(spool.id, id);
    assert_eq!(messages(&spool.read(place, 100, 1 << 20)?), ["two", "three"]);
    assert_eq!(messages(&spool.read(place, 1, 1 << 20)?), ["two"]);
    Ok(())
}

#[test]
fn a_torn_end_is_cut_off_and_the_next_record_takes_its_place() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let spool = Spool::open(directory.path(), LIMIT)?;
    append(&spool, &["one", "two"])?;
    drop(spool);
    let file = segments::path(&directory.path().join("0"), 0);
    let bytes = std::fs::read(&file)?;
    std::fs::write(&file, bytes.get(..bytes.len() - 2).context("some bytes")?)?;
    let spool = Spool::open(directory.path(), LIMIT)?;
    append(&spool, &["three"])?;
    assert_eq!(messages(&spool.read(0, 100, 1 << 20)?), ["one", "three"]);
    Ok(())
}

#[test]
fn a_full_spool_takes_nothing_until_something_is_kept_and_gives_its_files_back() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let spool = Spool::open(directory.path(), LIMIT)?;
    let long = "x".repeat(60_000);
    let mut count = 0;
    while spool.append(&batch(&[&long])).is_ok() {
        count += 1;
    }
    assert!(count >= 16, "{count}");
    assert!(matches!(spool.append(&batch(&[&long])), Err(Refusal::Full)));
    spool.sync()?;
    let mut position = 0;
    while let Some(last) = spool.read(position, 100, 200_000)?.pop() {
        position = last.end;
    }
    assert_eq!(position, spool.end());
    spool.forget(position, position);
    assert_eq!(spool.bytes(), 0);
    append(&spool, &["next"])?;
    assert_eq!(messages(&spool.read(position, 100, 1 << 20)?), ["next"]);
    let files = std::fs::read_dir(directory.path().join("0"))?.count();
    assert!(files <= 4, "{files} files are left");
    Ok(())
}

#[test]
fn a_damaged_record_is_passed_by_going_on_with_the_next_segment() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let spool = Spool::open(directory.path(), LIMIT)?;
    let long = "x".repeat(50_000);
    for _ in 0..4 {
        append(&spool, &[&long])?;
    }
    // Its length does not lead anywhere.
    spoil(directory.path(), 1)?;
    assert!(spool.read(0, 100, 1 << 20)?.is_empty());
    let behind = spool.behind_damage(0);
    assert!(behind > 0 && behind < spool.end());
    assert!(!spool.read(behind, 100, 1 << 20)?.is_empty());
    Ok(())
}

#[test]
fn a_damaged_record_whose_length_is_whole_takes_no_other_with_it() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let spool = Spool::open(directory.path(), LIMIT)?;
    append(&spool, &["one", "two", "three"])?;
    spoil(directory.path(), 58)?;
    assert!(spool.read(0, 100, 1 << 20)?.is_empty());
    assert_eq!(messages(&spool.read(spool.behind_damage(0), 100, 1 << 20)?), ["two", "three"]);
    // Opened anew, it still has its end.
    let end = spool.end();
    drop(spool);
    let spool = Spool::open(directory.path(), LIMIT)?;
    assert_eq!(spool.end(), end);
    assert_eq!(messages(&spool.read(spool.behind_damage(0), 100, 1 << 20)?), ["two", "three"]);
    Ok(())
}

/// Turns one bit of the first segment over.
fn spoil(directory: &Path, at: usize) -> Result<()> {
    let file = segments::path(&directory.join("0"), 0);
    let mut bytes = std::fs::read(&file)?;
    *bytes.get_mut(at).context("some bytes")? ^= 0x40;
    Ok(std::fs::write(&file, &bytes)?)
}

#[test]
fn a_position_beyond_the_end_is_where_the_spool_goes_on() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let spool = Spool::open(directory.path(), LIMIT)?;
    append(&spool, &["one"])?;
    spool.skip_to(10_000)?;
    append(&spool, &["two"])?;
    assert_eq!(messages(&spool.read(10_000, 100, 1 << 20)?), ["two"]);
    Ok(())
}

#[test]
fn two_processes_hold_two_spools_and_one_that_is_left_behind_is_found() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let (one, two) = (Spool::open(directory.path(), LIMIT)?, Spool::open(directory.path(), LIMIT)?);
    append(&two, &["left"])?;
    assert!(one.id != two.id && Spool::stranded(directory.path(), LIMIT).is_empty());
    let id = two.id;
    drop(two);
    let found = Spool::stranded(directory.path(), LIMIT);
    assert_eq!(found.iter().map(|spool| spool.id).collect::<Vec<_>>(), [id]);
    // Once it is kept, it is not found again, and goes on where it ended.
    let end = found.iter().map(Spool::end).sum::<u64>();
    found.iter().try_for_each(Spool::retire)?;
    drop(found);
    assert!(Spool::stranded(directory.path(), LIMIT).is_empty());
    assert_eq!(Spool::open(directory.path(), LIMIT)?.end(), end);
    Ok(())
}

const DISK: &str = "CIBERCASE_TEST_DISK";

/// This test once more, with a disk of half a MiB at `directory` that nobody else sees.
fn again_on_a_small_disk(name: &str, directory: &Path) -> Result<std::process::Output> {
    let mount = "mount -t tmpfs -o size=512k none \"$0\" && exec \"$@\"";
    let mut command = std::process::Command::new("unshare");
    command
        .args(["--map-root-user", "--mount", "sh", "-c", mount])
        .arg(directory)
        .arg(std::env::current_exe()?);
    Ok(command.args(["--exact", name, "--nocapture"]).env(DISK, directory).output()?)
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it runs itself again, and says where it cannot")]
fn a_full_disk_has_room_again_as_soon_as_what_stands_on_it_is_kept() -> Result<()> {
    let Ok(disk) = std::env::var(DISK) else {
        let directory = tempfile::tempdir()?;
        let name = "spool::tests::a_full_disk_has_room_again_as_soon_as_what_stands_on_it_is_kept";
        let output = again_on_a_small_disk(name, directory.path())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if said.contains("unshare") || said.contains("mount:") {
            eprintln!("NOT TESTED: no disk of one's own may be mounted here: {said}");
            return Ok(());
        }
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stdout));
        return Ok(());
    };
    let spool = Spool::open(Path::new(&disk), 1 << 30)?;
    let long = "x".repeat(60_000);
    let mut position = 0;
    for _ in 0..5 {
        let mut count = 0;
        while spool.append(&batch(&[&long])).is_ok() {
            count += 1;
        }
        assert!(count >= 4, "{count}");
        assert!(spool.problem().is_some_and(|problem| problem.code == trouble::SpoolProblemCode::DiskFull));
        spool.sync()?;
        while let Some(last) = spool.read(position, 100, 200_000)?.pop() {
            assert_eq!(last.accepted.message.len(), long.len());
            position = last.end;
        }
        assert_eq!(position, spool.end());
        spool.forget(position, position);
    }
    Ok(())
}
