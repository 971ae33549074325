//! The line to Stripe, on which commands and their answers can be held; questions that change nothing always pass. What is held
//! is delivered when the line is free again, even if the one who sent it has died since.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Commands.
    There,
    /// What is answered to them.
    Back,
}

/// A line from an address of its own to another.
pub(super) struct Line {
    address: SocketAddr,
    there: watch::Sender<bool>,
    back: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Line {
    /// A free line to `far`.
    pub(super) async fn to(far: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (there, there_gate) = watch::channel(true);
        let (back, back_gate) = watch::channel(true);
        let accepting = tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let far = TcpStream::connect(far).await.unwrap();
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                let (there, back) = Gate::pair(&there_gate, &back_gate);
                tokio::spawn(carry(near_in, far_out, there));
                tokio::spawn(carry(far_in, near_out, back));
            }
        });
        Self { address, there, back, accepting }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Holds the commands, or the answers, that go this way.
    pub(super) fn hold(&self, way: Way) {
        self.gate(way).send_replace(false);
    }

    /// Lets everything pass, first what was held.
    pub(super) fn release(&self, way: Way) {
        self.gate(way).send_replace(true);
    }

    const fn gate(&self, way: Way) -> &watch::Sender<bool> {
        match way {
            Way::There => &self.there,
            Way::Back => &self.back,
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Where the bytes of a connection wait while they belong to a command and the line is held.
struct Gate {
    open: watch::Receiver<bool>,
    /// Of both ways of the connection: whether the last request was a command.
    commands: Arc<AtomicBool>,
}

impl Gate {
    fn pair(there: &watch::Receiver<bool>, back: &watch::Receiver<bool>) -> (Self, Self) {
        let commands = Arc::new(AtomicBool::new(false));
        (Self { open: there.clone(), commands: Arc::clone(&commands) }, Self { open: back.clone(), commands })
    }

    /// Returns when these bytes may pass. A request begins with its method; everything else belongs to the one before.
    async fn pass(&mut self, bytes: &[u8]) {
        if bytes.starts_with(b"POST ") || bytes.starts_with(b"GET ") {
            self.commands.store(bytes.starts_with(b"POST "), Ordering::SeqCst);
        }
        if self.commands.load(Ordering::SeqCst) {
            let _ = self.open.wait_for(|open| *open).await; // the line itself may be gone: then nothing is held
        }
    }
}

/// Carries bytes to the end of the connection. The end waits like all else, so that a dead sender's command is not withdrawn.
async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut gate: Gate) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        gate.pass(&bytes[..count]).await;
        if to.write_all(&bytes[..count]).await.is_err() {
            break;
        }
    }
    gate.pass(&[]).await;
    let _ = to.shutdown().await;
}
