//! The log on the real file system.

use std::fs;
use std::sync::Arc;

use warren_store::{Batch, Durability, Options, Position, StoreError};

use crate::owner::{Calls, Owned, metadata, reopen};

fn small() -> Options {
    let mut options = Options::default();
    options.log_file_size = 64 << 10;
    options.first_file_size = 16 << 10;
    options
}

#[test]
fn what_was_appended_comes_back_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let facts = [
        Owned::Metadata(b"declare orders".to_vec()),
        Owned::Message(vec![(1, 1), (2, 9)], b"body".to_vec()),
        Owned::Message(vec![], Vec::new()),
        Owned::Settled(1, vec![(1, 1), (5, 700)]),
        Owned::Metadata(Vec::new()),
    ];
    let (store, owner, report) = reopen(directory.path(), Options::default()).unwrap();
    assert!(report.created && owner.records.is_empty());
    let mut batch = Batch::new();
    for fact in &facts {
        fact.push(&mut batch);
    }
    assert_eq!(batch.len(), 5);
    let position = store.append(&mut batch).unwrap();
    assert_eq!(position, Position::new(5));
    assert!(batch.is_empty());
    store.wait_durable(position).unwrap();
    assert_eq!(store.durable(), position);
    store.close().unwrap();

    let (store, owner, report) = reopen(directory.path(), Options::default()).unwrap();
    assert_eq!(owner.facts(), facts);
    assert_eq!(owner.records.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!((report.created, report.last, report.records, report.torn), (false, position, 5, None));
    assert_eq!(store.append(&mut metadata("next")).unwrap(), Position::new(6));
}

#[test]
fn a_store_that_was_dropped_without_a_close_keeps_everything() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..5_u64 {
        let (store, owner, _) = reopen(directory.path(), small()).unwrap();
        assert_eq!(owner.facts().len() as u64, round * 100);
        for number in 0..100 {
            store.append(&mut metadata(&format!("{round}/{number}"))).unwrap();
        }
    }
}

#[test]
fn waiters_are_called_once_each_when_their_position_is_durable() {
    let directory = tempfile::tempdir().unwrap();
    let (store, ..) = reopen(directory.path(), Options::default()).unwrap();
    let calls = Arc::new(Calls::default());
    for _ in 0..50 {
        let position = store.append(&mut metadata("x")).unwrap();
        store.when_durable(position, calls.clone());
    }
    store.wait_durable(Position::new(50)).unwrap();
    store.when_durable(Position::new(7), calls.clone());
    store.close().unwrap();
    let mut expected: Vec<u64> = (1..=50).collect();
    expected.push(7);
    expected.sort_unstable();
    let mut durable = calls.durable.lock().clone();
    durable.sort_unstable();
    assert_eq!(durable, expected);
    assert!(calls.failed.lock().is_empty());
}

#[test]
fn a_checkpoint_stands_for_the_log_before_it_and_frees_its_files() {
    let directory = tempfile::tempdir().unwrap();
    let body = vec![7; 3000];
    let (store, ..) = reopen(directory.path(), small()).unwrap();
    for number in 0..200 {
        let mut batch = Batch::new();
        batch.push_message(&[(1, number)], &[&body]).unwrap();
        let position = store.append(&mut batch).unwrap();
        store.wait_durable(position).unwrap();
    }
    let log_files = || {
        let names = fs::read_dir(directory.path().join("log")).unwrap();
        names.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".log")).count()
    };
    assert!(log_files() > 10, "{}", log_files());
    assert!(store.log_bytes_since_checkpoint() > 200 * 3000);
    store.write_checkpoint(b"200 messages", Position::new(200)).unwrap();
    // The mark of the checkpoint may have begun another one.
    assert!(log_files() <= 2, "{}", log_files());
    assert_eq!(store.log_bytes_since_checkpoint() / (64 << 10), 0);
    store.append(&mut metadata("after")).unwrap();
    store.close().unwrap();

    let (_store, owner, report) = reopen(directory.path(), small()).unwrap();
    assert_eq!(owner.document.as_deref(), Some(&b"200 messages"[..]));
    assert_eq!(owner.records, [(201, Owned::Mark(200)), (202, Owned::Metadata(b"after".to_vec()))]);
    assert_eq!(report.checkpoint, Some(Position::new(200)));
}

#[test]
fn a_checkpoint_may_cover_less_than_the_log_but_never_less_than_the_last_one() {
    let directory = tempfile::tempdir().unwrap();
    let (store, ..) = reopen(directory.path(), small()).unwrap();
    for number in 1..=10 {
        store.append(&mut metadata(&number.to_string())).unwrap();
    }
    store.write_checkpoint(b"four", Position::new(4)).unwrap();
    assert!(matches!(store.write_checkpoint(b"three", Position::new(3)), Err(StoreError::Misuse(_))));
    assert!(matches!(store.write_checkpoint(b"all", Position::new(99)), Err(StoreError::Misuse(_))));
    store.close().unwrap();
    let (_store, owner, _) = reopen(directory.path(), small()).unwrap();
    assert_eq!(owner.document.as_deref(), Some(&b"four"[..]));
    assert_eq!(owner.facts().first(), Some(&Owned::Metadata(b"5".to_vec())));
    assert_eq!(owner.facts().len(), 6);
}

#[test]
fn a_second_opener_is_told_who_holds_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let (store, ..) = reopen(directory.path(), Options::default()).unwrap();
    let error = reopen(directory.path(), Options::default()).unwrap_err();
    assert!(
        matches!(error, StoreError::Locked { pid: Some(pid), .. } if pid == std::process::id()),
        "{error}"
    );
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    store.close().unwrap();
    reopen(directory.path(), Options::default()).unwrap();
}

#[test]
fn an_unknown_format_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    drop(reopen(directory.path(), Options::default()).unwrap());
    fs::write(directory.path().join("format"), "warren-store 2\n").unwrap();
    let error = reopen(directory.path(), Options::default()).unwrap_err();
    assert!(matches!(&error, StoreError::UnknownFormat { found, known: 1, .. } if found == "2"), "{error}");
    fs::remove_file(directory.path().join("format")).unwrap();
    assert!(matches!(reopen(directory.path(), Options::default()), Err(StoreError::Corrupt { .. })));
}

#[test]
fn a_record_larger_than_a_log_file_gets_a_file_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let body: Vec<u8> = (0..1_000_000_u32).map(|number| (number % 253) as u8).collect();
    let (store, ..) = reopen(directory.path(), small()).unwrap();
    for _ in 0..3 {
        let mut batch = Batch::new();
        batch.push_message(&[(4, 1)], &[&body[..1000], &body[1000..]]).unwrap();
        store.append(&mut batch).unwrap();
        store.append(&mut metadata("between")).unwrap();
    }
    store.close().unwrap();
    let (_store, owner, _) = reopen(directory.path(), small()).unwrap();
    let messages =
        owner.facts().into_iter().filter(|fact| *fact == Owned::Message(vec![(4, 1)], body.clone()));
    assert_eq!((messages.count(), owner.records.len()), (3, 6));
}

#[test]
fn many_threads_append_while_files_roll_over_and_checkpoints_recycle_them() {
    for durability in [Durability::Sync, Durability::Os] {
        let directory = tempfile::tempdir().unwrap();
        let mut options = small();
        options.durability = durability;
        options.pending_limit = 8 << 10;
        let (store, ..) = reopen(directory.path(), options.clone()).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4_u64 {
                let store = &store;
                scope.spawn(move || {
                    let mut batch = Batch::new();
                    for number in 0..300_u64 {
                        batch.push_message(&[(thread, number)], &[&[thread as u8; 700]]).unwrap();
                        let position = store.append(&mut batch).unwrap();
                        if number % 50 == 0 {
                            store.wait_durable(position).unwrap();
                        }
                    }
                });
            }
            scope.spawn(|| {
                for _ in 0..5 {
                    // Nothing is covered, so nothing may be lost.
                    store.write_checkpoint(b"nothing", Position::START).unwrap();
                }
            });
        });
        store.close().unwrap();
        let (_store, owner, _) = reopen(directory.path(), options).unwrap();
        let mut next = [0_u64; 4];
        for fact in owner.facts() {
            let Owned::Message(targets, _) = fact else { panic!("{fact:?}") };
            let (thread, number) = targets[0];
            assert_eq!(number, next[thread as usize]);
            next[thread as usize] += 1;
        }
        assert_eq!(next, [300; 4]);
    }
}

#[test]
fn a_closed_store_takes_nothing_more() {
    let directory = tempfile::tempdir().unwrap();
    let (store, ..) = reopen(directory.path(), Options::default()).unwrap();
    store.close().unwrap();
    store.close().unwrap();
    assert!(matches!(store.append(&mut metadata("late")), Err(StoreError::Closed)));
}

#[test]
fn an_idle_store_is_small() {
    let directory = tempfile::tempdir().unwrap();
    let (store, ..) = reopen(directory.path(), Options::default()).unwrap();
    store.append(&mut metadata("one")).unwrap();
    store.close().unwrap();
    let names = fs::read_dir(directory.path().join("log")).unwrap();
    let bytes: u64 = names.map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert_eq!(bytes, 3 * 4096);
}

#[test]
fn a_checkpoint_is_called_for_when_the_log_has_grown() {
    let directory = tempfile::tempdir().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let mut options = small();
    options.checkpoint_after = 40 << 10;
    options.on_checkpoint_due = Some(Arc::new(move || sender.send(()).unwrap()));
    let (store, ..) = reopen(directory.path(), options).unwrap();
    for _ in 0..2 {
        assert!(!store.checkpoint_due());
        for _ in 0..20 {
            let position = store.append(&mut metadata("x")).unwrap();
            store.wait_durable(position).unwrap();
        }
        receiver.recv().unwrap();
        assert!(store.checkpoint_due());
        store.write_checkpoint(b"", store.appended()).unwrap();
    }
    store.close().unwrap();
    drop(store);
    assert!(receiver.try_recv().is_err(), "called once for each checkpoint");
}
