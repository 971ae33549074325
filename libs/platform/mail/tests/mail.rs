//! Letters on their three ways out.

#![expect(clippy::unwrap_used, reason = "a helper that panics fails its test")]

use std::path::Path;

use mail::{Address, Attachment, Letter, MailError, Mailer};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};

fn house() -> Address {
    Address::named("Guildhall", "books@guildhall.example").unwrap()
}

fn letter() -> Letter {
    Letter {
        to: "Ana Ferreira <ana@example.org>".parse().unwrap(),
        subject: "Your statement – November 2026\r\nBcc: eve@example.org".to_owned(),
        text: "Dear Ana,\n\nhere is your statement: 63.79 €.\n.\nThe co-op\n".to_owned(),
        attachments: vec![Attachment {
            name: "HM-2026-11-0007 für Ana.pdf".to_owned(),
            content_type: "application/pdf".to_owned(),
            bytes: (0..=255).collect(),
        }],
        message_id: "statement-HM-2026-11-0007-r1@guildhall.example".parse().unwrap(),
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn maildir() -> (tempfile::TempDir, Mailer) {
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::from_url(&format!("maildir://{}/mail", folder.path().display()), house()).unwrap();
    (folder, mailer)
}

/// The bytes of the first part whose head holds `marker`, for parts in base64.
fn attached(mail: &str, marker: &str) -> Vec<u8> {
    let part = mail.split("\r\n--").find(|part| part.contains(marker)).unwrap();
    let body: String = part.split_once("\r\n\r\n").unwrap().1.split_whitespace().collect();
    let value = |byte: u8| {
        u32::try_from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".iter().position(|b| *b == byte).unwrap()).unwrap()
    };
    let mut bytes = Vec::new();
    for group in body.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = group.iter().fold(0, |bits, byte| bits << 6 | value(*byte)) << (6 * (4 - group.len()));
        bytes.extend(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}

#[tokio::test]
async fn a_letter_sent_twice_is_one_file() {
    let (folder, mailer) = maildir();
    mailer.send(&letter()).await.unwrap();
    mailer.send(&letter()).await.unwrap();
    assert_eq!(files(&folder.path().join("mail/new")).len(), 1);
    assert_eq!(files(&folder.path().join("mail/tmp")).len(), 0);
    mailer.send(&Letter { message_id: "another@guildhall.example".parse().unwrap(), ..letter() }).await.unwrap();
    assert_eq!(files(&folder.path().join("mail/new")).len(), 2);
}

#[tokio::test]
async fn a_letter_that_was_read_does_not_come_again() {
    let (folder, mailer) = maildir();
    mailer.send(&letter()).await.unwrap();
    let new = files(&folder.path().join("mail/new")).remove(0);
    let read = folder.path().join("mail/cur").join(format!("{}:2,S", new.file_name().unwrap().to_str().unwrap()));
    std::fs::rename(&new, read).unwrap();
    mailer.send(&letter()).await.unwrap();
    assert_eq!(files(&folder.path().join("mail/new")).len(), 0);
}

#[tokio::test]
async fn eight_senders_of_one_letter_make_one_file() {
    let (folder, mailer) = maildir();
    let senders: Vec<JoinHandle<_>> = (0..8)
        .map(|_| {
            let mailer = mailer.clone();
            tokio::spawn(async move { mailer.send(&letter()).await })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap().unwrap();
    }
    assert_eq!(files(&folder.path().join("mail/new")).len(), 1);
    assert_eq!(files(&folder.path().join("mail/tmp")).len(), 0);
}

#[tokio::test]
async fn an_attachment_arrives_as_it_was_sent_and_a_subject_stays_one_line() {
    let (folder, mailer) = maildir();
    mailer.send(&letter()).await.unwrap();
    let mail = std::fs::read_to_string(&files(&folder.path().join("mail/new"))[0]).unwrap();
    assert_eq!(attached(&mail, "application/pdf"), (0..=255).collect::<Vec<u8>>());
    assert!(mail.contains("Message-ID: <statement-HM-2026-11-0007-r1@guildhall.example>\r\n"), "{mail}");
    assert!(!mail.lines().any(|line| line.starts_with("Bcc")), "{mail}");
}

#[tokio::test]
async fn a_wrong_content_type_is_refused_by_name() {
    let (_folder, mailer) = maildir();
    let mut wrong = letter();
    wrong.attachments[0].content_type = "pdf\r\nX: y".to_owned();
    assert!(matches!(mailer.send(&wrong).await, Err(MailError::BadContentType { name, .. }) if name.contains("Ana")));
}

/// Takes one letter as a mail server would, or refuses its receiver with `receiver` (such as `550 no such user`).
async fn server(receiver: &'static str) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://ana:hunter2@{}", listener.local_addr().unwrap());
    let heard = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 post\r\n").await.unwrap();
        let (mut heard, mut in_letter) = (Vec::new(), false);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return heard;
            }
            let answer = match line.trim_end() {
                "." if in_letter => {
                    in_letter = false;
                    Some("250 taken")
                }
                _ if in_letter => None,
                "DATA" => {
                    in_letter = true;
                    Some("354 go on")
                }
                hello if hello.starts_with("EHLO") => Some("250-post\r\n250-AUTH PLAIN\r\n250 8BITMIME"),
                auth if auth.starts_with("AUTH PLAIN") => Some("235 welcome"),
                to if to.starts_with("RCPT") => Some(receiver),
                quit if quit.starts_with("QUIT") => Some("221 bye"),
                _ => Some("250 ok"),
            };
            let ended = line.starts_with("QUIT");
            heard.push(line);
            if let Some(answer) = answer {
                stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
            }
            if ended || heard.last().is_some_and(|line| line.trim_end() == ".") && !in_letter {
                return heard;
            }
        }
    });
    (url, heard)
}

#[tokio::test]
async fn a_mail_server_gets_the_letter_with_its_stable_id() {
    let (url, heard) = server("250 ok").await;
    let mailer = Mailer::from_url(&url, house()).unwrap();
    assert!(!format!("{mailer:?}").contains("hunter2"));
    mailer.send(&letter()).await.unwrap();
    let heard = heard.await.unwrap().concat();
    assert!(heard.contains("AUTH PLAIN"), "{heard}");
    assert!(heard.contains("MAIL FROM:<books@guildhall.example>"), "{heard}");
    assert!(heard.contains("RCPT TO:<ana@example.org>"), "{heard}");
    assert!(heard.contains("Message-ID: <statement-HM-2026-11-0007-r1@guildhall.example>"), "{heard}");
    assert_eq!(attached(&heard, "application/pdf"), (0..=255).collect::<Vec<u8>>());
}

#[tokio::test]
async fn a_final_refusal_differs_from_a_busy_server() {
    let (url, _heard) = server("550 no such user").await;
    let refused = Mailer::from_url(&url, house()).unwrap().send(&letter()).await.unwrap_err();
    assert!(matches!(refused, MailError::Refused { .. }), "{refused}");
    let (url, _heard) = server("451 later").await;
    let busy = Mailer::from_url(&url, house()).unwrap().send(&letter()).await.unwrap_err();
    assert!(matches!(busy, MailError::Unavailable { .. }), "{busy}");
}

#[tokio::test]
async fn nobody_there_means_later() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    drop(listener);
    let absent = Mailer::from_url(&url, house()).unwrap().send(&letter()).await.unwrap_err();
    assert!(matches!(absent, MailError::Unavailable { .. }), "{absent}");
}

#[tokio::test]
async fn the_log_takes_every_letter() {
    Mailer::from_url("log:", house()).unwrap().send(&letter()).await.unwrap();
}

#[tokio::test]
async fn a_way_out_that_makes_no_sense_is_refused_without_its_password() {
    for wrong in
        ["", "nonsense", "imap://host", "maildir:", "maildir://host/x", "smtp:", "smtp://u:hunter2@host?tls=maybe", "smtp://user@host"]
    {
        let refused = Mailer::from_url(wrong, house()).unwrap_err();
        assert!(matches!(refused, MailError::BadUrl { .. }), "{wrong}");
        assert!(!format!("{refused} {refused:?}").contains("hunter2"), "{refused:?}");
    }
    assert!(Mailer::from_url("smtp://u:p@mail.example.org:587", house()).is_ok());
    assert!(Mailer::from_url("smtps://u:p@mail.example.org", house()).is_ok());
}

#[test]
fn a_printed_letter_tells_nothing_of_its_content() {
    let printed = format!("{:?}", letter());
    assert!(!printed.contains("Ana") && !printed.contains("ana@") && !printed.contains("63.79"), "{printed}");
}
