//! Files in a folder.

#![expect(clippy::unwrap_used, reason = "a helper that panics fails its test")]

use storage::{Storage, StorageError};

fn storage() -> (tempfile::TempDir, Storage) {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::from_url(&format!("file://{}/files", folder.path().display())).unwrap();
    (folder, storage)
}

#[tokio::test]
async fn a_file_comes_back_as_it_was_stored() {
    let (folder, storage) = storage();
    assert!(!storage.exists("statements/1.pdf").await.unwrap());
    storage.put("statements/1.pdf", "one".into(), "application/pdf").await.unwrap();
    assert!(storage.exists("statements/1.pdf").await.unwrap());
    assert_eq!(storage.get("statements/1.pdf").await.unwrap(), "one");
    assert_eq!(std::fs::read(folder.path().join("files/statements/1.pdf")).unwrap(), b"one");
}

#[tokio::test]
async fn a_file_is_frozen_but_may_be_stored_twice() {
    let (folder, storage) = storage();
    storage.put("a.csv", "one".into(), "text/csv").await.unwrap();
    storage.put("a.csv", "one".into(), "text/csv").await.unwrap();
    let refused = storage.put("a.csv", "two".into(), "text/csv").await.unwrap_err();
    assert!(matches!(&refused, StorageError::Frozen { key, .. } if key == "a.csv"), "{refused}");
    assert!(refused.to_string().contains(folder.path().to_str().unwrap()), "{refused}");
    assert_eq!(storage.get("a.csv").await.unwrap(), "one");
    assert_eq!(std::fs::read_dir(folder.path().join("files")).unwrap().count(), 1, "no half-written file is left");
}

#[tokio::test]
async fn of_many_writers_of_one_key_exactly_one_wins() {
    let (_folder, storage) = storage();
    let storage = std::sync::Arc::new(storage);
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let storage = storage.clone();
            tokio::spawn(async move { storage.put("one.pdf", format!("writer {writer}").into(), "application/pdf").await })
        })
        .collect();
    let mut won = 0;
    for writer in writers {
        match writer.await.unwrap() {
            Ok(()) => won += 1,
            Err(error) => assert!(matches!(error, StorageError::Frozen { .. }), "{error}"),
        }
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn what_is_not_there_is_not_found_by_name() {
    let (_folder, storage) = storage();
    let missing = storage.get("nothing.pdf").await.unwrap_err();
    assert!(matches!(&missing, StorageError::NotFound { key, .. } if key == "nothing.pdf"));
}

#[tokio::test]
async fn no_key_leads_out_of_the_folder() {
    let (folder, storage) = storage();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    assert!(matches!(storage.get("../secret").await, Err(StorageError::BadKey { .. })));
    assert!(matches!(storage.put("../secret", "x".into(), "text/plain").await, Err(StorageError::BadKey { .. })));
    assert!(matches!(storage.exists("/etc/passwd").await, Err(StorageError::BadKey { .. })));
}

#[test]
fn a_place_that_cannot_be_used_is_refused_with_the_cure() {
    for wrong in ["", "files", "ftp://host/x", "file://host/x", "s3:///x", "s3://bucket/../x y", "s3://bucket/a?b=c"] {
        assert!(Storage::with_settings(wrong, []).is_err(), "{wrong}");
    }
    let secret = Storage::with_settings("s3://key:hunter2@bucket/x", []).unwrap_err().to_string();
    assert!(!secret.contains("hunter2"), "{secret}");
    let file = tempfile::NamedTempFile::new().unwrap();
    let blocked = Storage::from_url(&format!("file://{}/below", file.path().display())).unwrap_err();
    assert!(matches!(blocked, StorageError::Folder { .. }), "{blocked}");
}
