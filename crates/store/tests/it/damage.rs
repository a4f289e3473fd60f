//! What recovery makes of damaged files: it refuses, or with salvage it goes on with the rest; it never takes anything else for data.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use warren_store::sim::{Crash, Random, SimFs};
use warren_store::{Batch, Drive, Options, Position, RecoveryReport, Store, StoreError, open};

use crate::owner::{Owned, Owner, metadata};

const DIRECTORY: &str = "/data";

fn options(salvage: bool) -> Options {
    let mut options = Options::default();
    options.drive = Drive::Caller;
    options.log_file_size = 6 * 4096;
    options.first_file_size = 6 * 4096;
    options.prepared_files = 1;
    options.salvage = salvage;
    options.salt = Some(7);
    options
}

fn reopen(fs: &SimFs, salvage: bool) -> Result<(Store, Owner, RecoveryReport), StoreError> {
    let mut owner = Owner::default();
    let opened = open(Path::new(DIRECTORY), Arc::new(fs.clone()), options(salvage), &mut owner);
    opened.map(|(store, report)| (store, owner, report))
}

fn append(store: &Store, fact: &Owned) {
    let mut batch = Batch::new();
    fact.push(&mut batch);
    let position = store.append(&mut batch).unwrap();
    store.wait_durable(position).unwrap();
}

fn fact(number: u64) -> Owned {
    Owned::Message(vec![(1, number)], Random::new(number).bytes(100 + (number as usize * 37) % 6000))
}

/// A store with so many facts, one commit each, over several files and two runs.
fn written(facts: u64) -> SimFs {
    let fs = SimFs::new(1);
    for half in [0..facts / 2, facts / 2..facts] {
        let (store, ..) = reopen(&fs, false).unwrap();
        half.for_each(|number| append(&store, &fact(number)));
        drop(store);
        fs.restart(Crash::Process);
    }
    fs
}

fn log_files(fs: &SimFs) -> Vec<PathBuf> {
    fs.files().into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "log")).collect()
}

fn flip(fs: &SimFs, path: &Path, offset: u64) {
    fs.tamper(path, |bytes| bytes[offset as usize] ^= 0x40);
}

/// The numbers of the facts that came back; each must be as it was written.
fn numbers(owner: &Owner) -> Vec<u64> {
    let number = |(_, found): &(u64, Owned)| match found {
        Owned::Message(targets, _) => {
            assert_eq!(*found, fact(targets[0].1), "a record came back changed");
            Some(targets[0].1)
        }
        _ => None,
    };
    owner.records.iter().filter_map(number).collect()
}

#[test]
fn one_damaged_byte_anywhere_in_the_log_is_refused_or_harmless_and_salvage_loses_no_more_than_it_says() {
    const FACTS: u64 = 24;
    let pristine = written(FACTS);
    let (mut refused, mut harmless) = (0, 0);
    for path in log_files(&pristine) {
        let mut length = 0;
        pristine.tamper(&path, |bytes| length = bytes.len() as u64);
        // Prime steps hit headers, payloads and padding alike.
        for offset in (0..length).step_by(61) {
            let fs = pristine.fork();
            flip(&fs, &path, offset);
            match reopen(&fs.fork(), false) {
                Ok((_, owner, report)) => {
                    harmless += 1;
                    let numbers = numbers(&owner);
                    // The last commit of all cannot be told from one that a crash interrupted, and without its header not even from
                    // what a file held before its reuse.
                    let whole = numbers.len() as u64 == FACTS;
                    assert!(whole || numbers.len() as u64 == FACTS - 1);
                    assert!(whole || report.torn.is_some() || offset % 4096 < 64);
                    assert!(numbers.into_iter().eq(0..owner.records.len() as u64));
                }
                Err(StoreError::Corrupt { path: named, offset: at, .. }) => {
                    refused += 1;
                    assert_eq!(named, path);
                    assert!(at <= offset, "the damage is at {offset}, not at {at}");
                }
                Err(other) => {
                    assert!(matches!(other, StoreError::UnknownFormat { .. }) && offset < 12, "{other}")
                }
            }
            if offset < 12 {
                continue;
            }
            let (_, owner, report) = reopen(&fs, true).unwrap();
            let back = numbers(&owner);
            for lost in (0..FACTS).filter(|number| !back.contains(number)) {
                let named = report.left_out.iter().any(|left_out| {
                    left_out
                        .records
                        .is_some_and(|(first, last)| (first.get()..=last.get()).contains(&(lost + 1)))
                });
                let last = lost == FACTS - 1 && (report.torn.is_some() || offset % 4096 < 64);
                assert!(named || last, "{lost} is lost without a word: {report:?}");
            }
            assert!(back.len() as u64 >= FACTS - 1, "one byte cost {back:?}");
        }
    }
    assert!(refused > 200 && harmless > 100, "{refused} {harmless}");
}

#[test]
fn a_missing_log_file_is_refused_and_salvage_goes_on_with_the_others() {
    let pristine = written(24);
    for path in log_files(&pristine) {
        let fs = pristine.fork();
        fs.lose(&path);
        let newest = log_files(&pristine).last() == Some(&path);
        match reopen(&fs.fork(), false) {
            Err(StoreError::Corrupt { path: named, .. }) => {
                assert!(named == path || log_files(&pristine).first() == Some(&path));
            }
            Ok(_) => assert!(newest, "{}", path.display()),
            Err(other) => panic!("{other}"),
        }
        let (_, owner, report) = reopen(&fs, true).unwrap();
        assert!(newest || !report.left_out.is_empty());
        assert!((12..24).contains(&numbers(&owner).len()), "{}: {:?}", path.display(), numbers(&owner));
    }
}

#[test]
fn a_block_that_cannot_be_read_stops_the_start_and_salvage_goes_around_it() {
    let fs = written(24);
    let path = log_files(&fs)[1].clone();
    fs.spoil(&path, 2 * 4096 + 9);
    let error = reopen(&fs, false).unwrap_err();
    assert!(matches!(&error, StoreError::Io { path: named, .. } if *named == path), "{error}");
    let (store, owner, report) = reopen(&fs, true).unwrap();
    let back = numbers(&owner);
    assert!((22..24).contains(&back.len()), "{back:?}");
    let left_out = &report.left_out[0];
    assert_eq!(left_out.path, path);
    let copy = left_out.copy.clone().unwrap();
    assert!(copy.starts_with("/data/salvage-1"), "{}", copy.display());

    // Once a checkpoint stands for what could be saved, the store opens again without salvage.
    store.write_checkpoint(b"saved", store.appended()).unwrap();
    append(&store, &fact(99));
    store.close().unwrap();
    drop(store);
    let (_, owner, report) = reopen(&fs, false).unwrap();
    assert_eq!(owner.document.as_deref(), Some(&b"saved"[..]));
    assert_eq!(numbers(&owner), [99]);
    assert!(report.left_out.is_empty());
    assert!(fs.files().contains(&copy));
}

#[test]
fn a_damaged_checkpoint_is_refused_and_salvage_takes_what_log_there_is() {
    let fs = written(10);
    let (store, ..) = reopen(&fs, false).unwrap();
    store.write_checkpoint(b"ten", Position::new(10)).unwrap();
    append(&store, &fact(10));
    store.close().unwrap();
    drop(store);
    let is_checkpoint = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "checkpoint");
    let path = fs.files().into_iter().find(is_checkpoint).unwrap();
    flip(&fs, &path, 65);
    let error = reopen(&fs, false).unwrap_err();
    assert!(
        matches!(&error, StoreError::Corrupt { path: named, offset: 64, .. } if *named == path),
        "{error}"
    );
    assert!(error.to_string().contains("--salvage"), "{error}");
    let (_, owner, report) = reopen(&fs, true).unwrap();
    assert_eq!(owner.document, None);
    assert!(numbers(&owner).contains(&10));
    assert_eq!(report.left_out[0].path, path);
}

#[test]
fn a_damaged_segment_is_refused_when_it_is_read_and_salvage_names_it() {
    let fs = SimFs::new(1);
    let content = Random::new(5).bytes(200_000);
    let (store, ..) = reopen(&fs, false).unwrap();
    store.segments().write(3, 1, &content, true).unwrap();
    store.segments().write(3, 2, b"sound", true).unwrap();
    let path = Path::new("/data/segments/0000000000000003/0000000000000001.segment");
    flip(&fs, path, 150_000);
    let error = store.segments().read(3, 1).unwrap_err();
    // 64 bytes of header, four checksums, and the third chunk of 64 KiB.
    let at = 64 + 16 + 2 * 65_536;
    assert!(
        matches!(&error, StoreError::Corrupt { path: named, offset, .. } if named == path && *offset == at)
    );
    assert_eq!(store.segments().read_range(3, 1, 1000, 60_000).unwrap(), content[1000..61_000]);
    assert!(store.segments().read_range(3, 1, 131_000, 200).is_err());
    drop(store);
    let (store, _, report) = reopen(&fs, true).unwrap();
    assert_eq!(report.left_out.iter().map(|left_out| left_out.segment).collect::<Vec<_>>(), [Some((3, 1))]);
    assert!(matches!(store.segments().read(3, 1), Err(StoreError::NoSegment { queue: 3, segment: 1 })));
    assert_eq!(store.segments().read(3, 2).unwrap(), b"sound");
}

/// The header of a commit, as whoever knows the format would forge it.
fn forged_commit(file_number: u64, offset: u64, epoch: u64, sequence: u64, salt: u64) -> Vec<u8> {
    let mut header = b"WCMT".to_vec();
    header.extend_from_slice(&1_u32.to_le_bytes());
    for field in [file_number, offset, epoch, sequence, 0] {
        header.extend_from_slice(&field.to_le_bytes());
    }
    header.extend_from_slice(&0_u32.to_le_bytes());
    header.extend_from_slice(&salt.to_le_bytes());
    header.extend_from_slice(&crc_fast::crc32_iscsi(&header).to_le_bytes());
    header
}

#[test]
fn a_message_that_forges_a_commit_cannot_turn_a_torn_tail_into_corruption_without_the_runs_secret() {
    for (salt, known) in [(8, false), (7, true)] {
        let fs = SimFs::new(1);
        let (store, ..) = reopen(&fs, false).unwrap();
        append(&store, &metadata_fact("first"));
        // The body's forged header comes to lie at the beginning of a block: file 1, second commit, its second block.
        let before = 64 + 12 + 4;
        let mut body = vec![0; 4096 - before];
        body.extend_from_slice(&forged_commit(1, 3 * 4096, 1, 9, salt));
        body.resize(8000, 1);
        append(&store, &Owned::Message(vec![], body));
        drop(store);
        fs.restart(Crash::Process);
        // The first block of that commit never reached the device.
        fs.tamper(Path::new("/data/log/0000000000000001.log"), |bytes| bytes[2 * 4096..3 * 4096].fill(0));
        let opened = reopen(&fs, false);
        assert_eq!(
            matches!(opened, Err(StoreError::Corrupt { .. })),
            known,
            "the forgery shows that the test can fail"
        );
        if let Ok((_, owner, report)) = opened {
            assert_eq!(owner.facts(), [metadata_fact("first")]);
            assert!(report.torn.is_none_or(|torn| torn.offset == 2 * 4096));
        }
    }
}

fn metadata_fact(text: &str) -> Owned {
    Owned::Metadata(text.as_bytes().to_vec())
}

#[test]
fn whatever_stands_in_the_files_opening_ends_with_an_answer() {
    let pristine = written(12);
    let (store, ..) = reopen(&pristine, false).unwrap();
    store.write_checkpoint(b"document", Position::new(5)).unwrap();
    store.segments().write(1, 1, b"segment", true).unwrap();
    store.close().unwrap();
    drop(store);
    for seed in 0..600 {
        let mut random = Random::new(seed);
        let fs = pristine.fork();
        let files = fs.files();
        for _ in 0..1 + random.below(4) {
            let path = &files[random.below(files.len() as u64) as usize];
            fs.tamper(path, |bytes| {
                let at = random.below(bytes.len() as u64 + 1) as usize;
                match random.below(4) {
                    0 => bytes.truncate(at),
                    1 => bytes.splice(at..at, random.bytes(100)).for_each(drop),
                    2 => *bytes = random.bytes(at),
                    _ => (0..30).for_each(|_| {
                        let at = random.below(bytes.len().max(1) as u64) as usize;
                        bytes.get_mut(at).into_iter().for_each(|byte| *byte = random.number() as u8);
                    }),
                }
            });
        }
        for salvage in [false, true] {
            if let Ok((store, owner, _)) = reopen(&fs.fork(), salvage) {
                numbers(&owner);
                assert!(owner.document.is_none_or(|document| document == b"document"));
                store.append(&mut metadata("on")).unwrap();
                assert!(store.segments().read(1, 1).is_ok_and(|read| read == b"segment") || seed > 0);
            }
        }
    }
}
