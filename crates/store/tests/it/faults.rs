//! What callers see while the disk fails: a full device is waited out, anything else stops the store for good.

use std::path::Path;
use std::sync::Arc;

use warren_store::sim::{Crash, SimFs};
use warren_store::{Batch, Drive, Driven, Options, Position, Store, StoreError, open};

use crate::owner::{Calls, Owned, Owner, metadata};

fn options() -> Options {
    let mut options = Options::default();
    options.drive = Drive::Caller;
    options.log_file_size = 64 << 10;
    options.first_file_size = 64 << 10;
    options.pending_limit = 20 << 10;
    options.prepared_files = 0;
    options
}

fn reopen(fs: &SimFs, options: Options) -> Result<(Store, Owner), StoreError> {
    let mut owner = Owner::default();
    let (store, _) = open(Path::new("/data"), Arc::new(fs.clone()), options, &mut owner)?;
    Ok((store, owner))
}

fn big() -> Batch {
    let mut batch = Batch::new();
    batch.push_metadata(&[1; 9000]).unwrap();
    batch
}

#[test]
fn a_full_device_stalls_the_log_and_nothing_is_lost_or_confirmed_until_there_is_space() {
    let fs = SimFs::new(1);
    let (store, _) = reopen(&fs, options()).unwrap();
    let first = store.append(&mut metadata("confirmed")).unwrap();
    store.wait_durable(first).unwrap();

    fs.set_capacity(Some(fs.used() + 4096));
    let calls = Arc::new(Calls::default());
    let second = store.append(&mut big()).unwrap();
    store.when_durable(second, calls.clone());
    assert_eq!(store.drive().unwrap(), Driven::Stalled);
    assert!(matches!(store.wait_durable(second), Err(StoreError::Full { .. })));
    assert!(store.stalled().unwrap().is_full() && store.poisoned().is_none());
    assert_eq!(store.durable(), first);

    // What fits into memory is still taken; past the limit it is refused, and the batch is as it was.
    store.append(&mut big()).unwrap();
    store.append(&mut big()).unwrap();
    let mut refused = big();
    assert!(matches!(store.append(&mut refused), Err(StoreError::Full { .. })));
    assert_eq!((refused.len(), store.appended()), (1, Position::new(4)));
    assert!(matches!(store.write_checkpoint(b"?", first), Err(StoreError::Full { .. })));
    assert!(matches!(store.segments().write(1, 1, &[0; 9000], true), Err(StoreError::Full { .. })));
    assert!(calls.durable.lock().is_empty() && calls.failed.lock().is_empty());

    fs.set_capacity(None);
    assert_eq!(store.append(&mut refused).unwrap(), Position::new(5));
    store.wait_durable(Position::new(5)).unwrap();
    assert_eq!(*calls.durable.lock(), [2]);
    assert!(store.stalled().is_none());
    drop(store);
    fs.restart(Crash::Power);
    assert_eq!(reopen(&fs, options()).unwrap().1.facts().len(), 5);
}

#[test]
fn a_checkpoint_on_a_full_device_takes_the_room_of_files_that_wait_for_reuse() {
    let fs = SimFs::new(1);
    let mut options = options();
    options.prepared_files = 2;
    let (store, _) = reopen(&fs, options).unwrap();
    for _ in 0..8 {
        store.append(&mut big()).unwrap();
        store.wait_durable(store.appended()).unwrap();
    }
    while store.drive().unwrap() == Driven::Worked {}
    let free =
        |fs: &SimFs| fs.files().iter().filter(|path| path.extension().is_some_and(|e| e == "free")).count();
    assert!(free(&fs) > 0);
    let before = free(&fs);
    fs.set_capacity(Some(fs.used()));
    store.write_checkpoint(&[7; 30_000], store.appended()).unwrap();
    assert!(
        free(&fs) < before
            || fs.files().iter().any(|path| path.extension().is_some_and(|e| e == "checkpoint"))
    );
}

#[test]
fn a_failed_sync_or_write_poisons_the_store() {
    for sync in [true, false] {
        let fs = SimFs::new(1);
        let (store, _) = reopen(&fs, options()).unwrap();
        let first = store.append(&mut metadata("confirmed")).unwrap();
        store.wait_durable(first).unwrap();
        let next = fs.operations() + 1;
        if sync {
            fs.fail_sync_at(next)
        } else {
            fs.fail_write_at(next)
        }
        let calls = Arc::new(Calls::default());
        let second = store.append(&mut metadata("in doubt")).unwrap();
        store.when_durable(second, calls.clone());
        let error = store.drive().unwrap_err();
        assert!(error.is_poisoned() && error.to_string().contains(".log"), "{error}");
        assert_eq!(calls.failed.lock().len(), 1);
        assert!(store.poisoned().is_some() && store.durable() == first);
        assert!(!store.is_committing(), "nothing is about to be durable");

        assert!(store.append(&mut metadata("late")).unwrap_err().is_poisoned());
        assert!(store.wait_durable(second).unwrap_err().is_poisoned());
        assert!(store.write_checkpoint(b"", first).unwrap_err().is_poisoned());
        assert!(store.segments().write(1, 1, b"", true).unwrap_err().is_poisoned());
        store.when_durable(first, calls.clone());
        store.when_durable(second, calls.clone());
        assert_eq!((calls.durable.lock().clone(), calls.failed.lock().len()), (vec![1], 2));
        assert!(store.close().unwrap_err().is_poisoned());
        drop(store);

        fs.restart(Crash::Power);
        let facts = reopen(&fs, options()).unwrap().1.facts();
        assert_eq!(facts.first(), Some(&Owned::Metadata(b"confirmed".to_vec())));
    }
}

#[test]
fn a_last_commit_whose_sync_failed_is_written_again_before_it_counts() {
    // The page cache shows the commit after a restart of the process; the device never got it.
    for seed in 0..50 {
        let fs = SimFs::new(seed);
        let (store, _) = reopen(&fs, options()).unwrap();
        fs.fail_sync_at(fs.operations() + 1);
        store.append(&mut big()).unwrap();
        store.drive().unwrap_err();
        drop(store);
        fs.restart(Crash::Process);
        let (store, owner) = reopen(&fs, options()).unwrap();
        assert_eq!(owner.facts().len(), 1, "the page cache still shows it");
        drop(store);
        fs.restart(Crash::Power);
        assert_eq!(reopen(&fs, options()).unwrap().1.facts().len(), 1, "what recovery gave out is gone");
    }
}

#[test]
fn a_failing_checkpoint_leaves_the_last_one_and_stops_the_store() {
    let fs = SimFs::new(1);
    let (store, _) = reopen(&fs, options()).unwrap();
    let first = store.append(&mut metadata("one")).unwrap();
    store.write_checkpoint(b"first", first).unwrap();
    store.wait_durable(store.appended()).unwrap();
    fs.fail_sync_at(fs.operations() + 1);
    assert!(store.write_checkpoint(b"second", first).unwrap_err().is_poisoned());
    drop(store);
    fs.restart(Crash::Power);
    assert_eq!(reopen(&fs, options()).unwrap().1.document.as_deref(), Some(&b"first"[..]));
}

#[test]
fn an_owner_that_refuses_a_record_stops_the_opening() {
    struct Refusing;
    impl warren_store::Recovery for Refusing {
        fn checkpoint(&mut self, _: &[u8]) -> Result<(), warren_store::RefusedBecause> {
            Ok(())
        }
        fn apply(
            &mut self,
            _: Position,
            _: warren_store::Record<'_>,
        ) -> Result<(), warren_store::RefusedBecause> {
            Err("no such queue".into())
        }
    }
    let fs = SimFs::new(1);
    let (store, _) = reopen(&fs, options()).unwrap();
    store.append(&mut metadata("one")).unwrap();
    store.close().unwrap();
    drop(store);
    let error = open(Path::new("/data"), Arc::new(fs), options(), &mut Refusing).unwrap_err();
    assert!(error.to_string().contains("record 1") && error.to_string().contains("no such queue"), "{error}");
}
