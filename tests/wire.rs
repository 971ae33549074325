//! What goes to PostgreSQL, read off the wire: a true count of statements, whoever sends them.
//!
//! ```ignore
//! let mut wire = None;
//! let app = App::open_with(|config| wire = Some(Wire::before(&mut config.database_url))).await;
//! wire.forget();
//! …
//! assert!(wire.statements().len() <= 4);
//! ```

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf},
};

/// A wire between somebody and the database. What is sent through it is noted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wire(Arc<Mutex<Vec<String>>>);

impl Wire {
    /// Puts a wire before the database of this address, which is the wire's own afterwards. Takes a Tokio runtime.
    pub(crate) fn before(url: &mut String) -> Self {
        let (start, rest) = url.split_once('@').expect("the address names a user");
        let (host, database) = rest.split_once('/').expect("the address names a database");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener.set_nonblocking(true).expect("a listener can be asked without waiting");
        let own = listener.local_addr().expect("it is bound");
        let (wire, host) = (Self::default(), host.to_owned());
        *url = format!("{start}@{own}/{database}");
        let listener = TcpListener::from_std(listener).expect("there is a runtime");
        let told = wire.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(told.clone().carry(client, host.clone()));
            }
        });
        wire
    }

    /// Forgets what was noted so far.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap().clear();
    }

    /// The statements that were run, without those that only begin, end or set up a transaction.
    pub(crate) fn statements(&self) -> Vec<String> {
        let frames = |text: &&String| {
            let first = text.split([' ', ';', '\n']).find(|word| !word.is_empty()).unwrap_or_default().to_lowercase();
            !["begin", "commit", "rollback", "set", "savepoint", "release"].contains(&first.as_str())
        };
        self.0.lock().unwrap().iter().filter(frames).cloned().collect()
    }

    async fn carry(self, client: TcpStream, host: String) {
        let server = TcpStream::connect(host).await.expect("the database answers");
        let (from_client, mut to_client) = client.into_split();
        let (mut from_server, to_server) = server.into_split();
        tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
        // Whoever hangs up has said everything
        let _ = self.listen(from_client, to_server).await;
    }

    /// Passes messages on, and notes each execution with the text that was prepared for it.
    async fn listen(self, mut from: OwnedReadHalf, mut to: impl tokio::io::AsyncWrite + Unpin) -> std::io::Result<()> {
        const STARTUP: u32 = 196_608;
        let (mut prepared, mut bound): (HashMap<String, String>, String) = (HashMap::new(), String::new());
        let mut is_started = false;
        loop {
            let kind = if is_started { Some(from.read_u8().await?) } else { None };
            let size = from.read_u32().await?;
            let mut body = vec![0; usize::try_from(size).expect("a message fits") - 4];
            from.read_exact(&mut body).await?;
            if let Some(kind) = kind {
                to.write_u8(kind).await?;
            } else {
                is_started = body.get(..4) == Some(&STARTUP.to_be_bytes());
            }
            let text = |skip: usize| {
                let part = body.split(|byte| *byte == 0).nth(skip).unwrap_or_default();
                String::from_utf8_lossy(part).into_owned()
            };
            match kind {
                Some(b'Q') => self.0.lock().unwrap().push(text(0)),
                Some(b'P') => drop(prepared.insert(text(0), text(1))),
                Some(b'B') => bound = prepared.get(&text(1)).cloned().unwrap_or_default(),
                Some(b'E') => self.0.lock().unwrap().push(bound.clone()),
                _ => {}
            }
            to.write_u32(size).await?;
            to.write_all(&body).await?;
        }
    }
}

#[tokio::test]
async fn the_wire_notes_what_is_run_each_time_and_nothing_else() {
    let db = test_support::TestDb::new().await;
    let mut url = db.url.clone();
    let wire = Wire::before(&mut url);
    let pools = db::app_pool(&url, 1).await.unwrap();
    for _ in 0..2 {
        let tx = db::begin(&pools.orm, kernel::CoopId(1)).await.unwrap();
        sea_orm::ConnectionTrait::query_all_raw(&tx, db::statement("select $1::int as one", [1.into()])).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(wire.statements(), ["select $1::int as one", "select $1::int as one"]);
    wire.forget();
    assert_eq!(wire.statements(), Vec::<String>::new());
    pools.sqlx.close().await;
}
