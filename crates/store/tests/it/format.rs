//! A directory in format version 1, written once and committed: every later version reads it, or refuses it by its version.
//!
//! `WARREN_STORE_WRITE_FIXTURE=1` writes it anew, for a new format version in a directory of its own.

use std::fs;
use std::path::{Path, PathBuf};

use warren_store::{Batch, FORMAT_VERSION, Options, Position, StoreError};

use crate::owner::{Owned, metadata, reopen};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/format-{FORMAT_VERSION}"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn options() -> Options {
    let mut options = Options::default();
    options.salt = Some(0x5A17);
    options
}

fn facts() -> [Owned; 3] {
    [
        Owned::Metadata(b"{\"queue\":\"orders\"}".to_vec()),
        Owned::Message(vec![(1, 1), (2, 40)], b"a message to two queues".to_vec()),
        Owned::Settled(1, vec![(1, 1), (3, 9)]),
    ]
}

fn write(directory: &Path) {
    let (store, ..) = reopen(directory, options()).unwrap();
    store.append(&mut metadata("covered")).unwrap();
    store.write_checkpoint(b"the checkpoint's document", Position::new(1)).unwrap();
    store.segments().write(2, 5, &[0xAB; 70_000], true).unwrap();
    store.close().unwrap();
    let (store, ..) = reopen(directory, options()).unwrap();
    let mut batch = Batch::new();
    facts().iter().for_each(|fact| fact.push(&mut batch));
    store.append(&mut batch).unwrap();
    store.close().unwrap();
}

#[test]
fn the_committed_directory_of_this_format_version_opens() {
    if std::env::var_os("WARREN_STORE_WRITE_FIXTURE").is_some() {
        write(&fixture());
    }
    let directory = tempfile::tempdir().unwrap();
    copy(&fixture(), directory.path());
    let (store, owner, report) = reopen(directory.path(), Options::default()).unwrap();
    assert_eq!(owner.document.as_deref(), Some(&b"the checkpoint's document"[..]));
    assert_eq!(owner.facts(), facts());
    assert_eq!((report.checkpoint, report.last), (Some(Position::new(1)), Position::new(5)));
    assert_eq!(store.segments().read(2, 5).unwrap(), [0xAB; 70_000]);
}

#[test]
fn the_bytes_on_disk_have_not_changed() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path());
    let files = [
        "format",
        "checkpoints/0000000000000001.checkpoint",
        "segments/0000000000000002/0000000000000005.segment",
    ];
    for file in files {
        let (now, then) =
            (fs::read(directory.path().join(file)).unwrap(), fs::read(fixture().join(file)).unwrap());
        assert!(now == then, "{file} is written differently: that needs a new format version");
    }
    let log = |root: &Path| -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<_> =
            fs::read_dir(root.join("log")).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
            .iter()
            .map(|path| (path.file_name().unwrap().to_string_lossy().into(), fs::read(path).unwrap()))
            .collect()
    };
    assert!(
        log(directory.path()) == log(&fixture()),
        "the log is written differently: that needs a new format version"
    );
}

#[test]
fn a_version_that_is_not_known_is_refused_in_every_kind_of_file() {
    let files = [
        "checkpoints/0000000000000001.checkpoint",
        "segments/0000000000000002/0000000000000005.segment",
        "log/0000000000000003.log",
    ];
    for file in files {
        let directory = tempfile::tempdir().unwrap();
        copy(&fixture(), directory.path());
        let path = directory.path().join(file);
        let mut bytes = fs::read(&path).unwrap();
        bytes[8] = 9;
        fs::write(&path, bytes).unwrap();
        let error = reopen(directory.path(), Options::default())
            .and_then(|(store, ..)| store.segments().read(2, 5).map(drop))
            .unwrap_err();
        assert!(
            matches!(&error, StoreError::UnknownFormat { path: named, found, known: 1 } if *named == path && found == "9"),
            "{error}"
        );
        assert!(error.to_string().contains("format 9"), "{error}");
    }
}
