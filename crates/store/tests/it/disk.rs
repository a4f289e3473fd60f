//! What only real files can show: writing past the page cache, the pool, segments, failures of the directory itself.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use warren_store::{Access, Batch, FileSystem, Options, Position, RealFs, StoreError};

use crate::owner::{metadata, reopen};

fn endings(directory: &Path, ending: &str) -> usize {
    let entries = fs::read_dir(directory.join("log")).unwrap();
    entries
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|found| found == ending))
        .count()
}

#[test]
fn a_file_that_refuses_direct_writes_goes_on_through_the_page_cache() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let file = RealFs.open(&path, Access::Create { direct: true }).unwrap();
    // Not aligned in memory, offset or length: a file system that takes direct writes refuses this one.
    file.write_all_at(b"unaligned", 3).unwrap();
    file.write_all_at(b"again", 12).unwrap();
    file.sync_data().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"\0\0\0unalignedagain");
}

#[test]
fn files_are_recycled_and_what_they_held_before_does_not_come_back() {
    let directory = tempfile::tempdir().unwrap();
    let mut options = Options::default();
    options.log_file_size = 64 << 10;
    options.first_file_size = 64 << 10;
    options.pending_limit = 8 << 10;
    let mut appended = 0_u64;
    for round in 0..6 {
        let (store, owner, report) = reopen(directory.path(), options.clone()).unwrap();
        assert_eq!(report.last.get(), appended, "round {round}");
        assert!(owner.records.iter().all(|(position, _)| *position <= appended));
        for _ in 0..120 {
            let mut batch = Batch::new();
            batch.push_message(&[(1, 1)], &[&[round; 900]]).unwrap();
            let position = store.append(&mut batch).unwrap();
            store.wait_durable(position).unwrap();
        }
        store.write_checkpoint(b"", store.appended()).unwrap();
        appended = store.appended().get();
        if round % 2 == 0 {
            store.close().unwrap();
        }
    }
    assert!((1..=6).contains(&endings(directory.path(), "free")), "{}", endings(directory.path(), "free"));
}

#[test]
fn files_are_prepared_in_the_background_once_the_log_is_in_use() {
    let directory = tempfile::tempdir().unwrap();
    let mut options = Options::default();
    options.log_file_size = 1 << 20;
    let (store, ..) = reopen(directory.path(), options).unwrap();
    store.append(&mut metadata("little")).unwrap();
    store.wait_durable(Position::new(1)).unwrap();
    assert_eq!(endings(directory.path(), "free") + endings(directory.path(), "zero"), 0);
    let mut batch = Batch::new();
    batch.push_metadata(&[1; 300 << 10]).unwrap();
    store.append(&mut batch).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while endings(directory.path(), "free") < 2 {
        assert!(Instant::now() < deadline, "no file was prepared");
        std::thread::sleep(Duration::from_millis(5));
    }
    let free = fs::read_dir(directory.path().join("log")).unwrap().map(|entry| entry.unwrap().path());
    for path in free.filter(|path| path.extension().is_some_and(|ending| ending == "free")) {
        assert_eq!(fs::metadata(path).unwrap().len(), 1 << 20);
    }
    // The growing first file is left for a prepared one.
    store.append(&mut metadata("next")).unwrap();
    store.close().unwrap();
    assert_eq!(endings(directory.path(), "zero"), 0);
}

#[test]
fn segments_are_written_read_listed_and_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let (store, ..) = reopen(directory.path(), Options::default()).unwrap();
    let segments = store.segments();
    let content: Vec<u8> = (0..300_000_u32).map(|number| (number * 7 % 255) as u8).collect();
    segments.write(9, 2, &content, true).unwrap();
    segments.write(9, 1, b"", false).unwrap();
    segments.write(4, 7, b"transient", false).unwrap();
    segments.sync_all().unwrap();
    assert_eq!(segments.queues().unwrap(), [4, 9]);
    assert_eq!(segments.list(9).unwrap().iter().map(|info| info.segment).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(segments.length(9, 2).unwrap(), 300_000);
    assert_eq!(segments.read(9, 2).unwrap(), content);
    assert_eq!(segments.read(9, 1).unwrap(), b"");
    for (offset, length) in
        [(0, 10), (65_535, 2), (65_536, 65_536), (299_999, 5), (300_000, 1), (u64::MAX, 1)]
    {
        let wanted = content.iter().skip(usize::try_from(offset).unwrap()).take(length).copied();
        assert!(
            segments.read_range(9, 2, offset, length).unwrap().into_iter().eq(wanted),
            "{offset} {length}"
        );
    }
    segments.delete(9, 1).unwrap();
    segments.delete(9, 1).unwrap();
    assert!(matches!(segments.read(9, 1), Err(StoreError::NoSegment { .. })));
    segments.delete_queue(9).unwrap();
    segments.delete_queue(9).unwrap();
    assert_eq!(segments.queues().unwrap(), [4]);
    assert!(segments.list(9).unwrap().is_empty());
    store.close().unwrap();
    let (store, ..) = reopen(directory.path(), Options::default()).unwrap();
    assert_eq!(store.segments().read(4, 7).unwrap(), b"transient");
    assert!(store.free_space().unwrap() > 0);
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "in the way").unwrap();
    let error = reopen(&path.join("below"), Options::default()).unwrap_err();
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
}
