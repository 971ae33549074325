//! `guildhall probe`: asks a part of the house whether it is well, for images without a shell.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpStream, ToSocketAddrs as _},
    time::Duration,
};

use kernel::Code;
use url::Url;

use crate::{failure::Failure, output::Output};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// What to ask, such as http://127.0.0.1:8080/readyz
    url: Url,
}

/// Ends well when the answer is one of success.
pub(crate) fn run(args: &Args, output: Output) -> Result<(), Failure> {
    let status = ask(&args.url)?;
    if !(200..300).contains(&status) {
        return Err(Failure::refused(Code::NotNow, format!("{} answers {status}", args.url)));
    }
    output.answer(&serde_json::json!({"url": args.url, "status": status}), || format!("{} answers {status}", args.url))
}

fn ask(url: &Url) -> Result<u16, Failure> {
    let wrong = || Failure::refused(Code::InvalidInput, format!("{url} cannot be asked; write http://address:port/path"));
    let (Some(host), Some(port), "http") = (url.host_str(), url.port_or_known_default(), url.scheme()) else { return Err(wrong()) };
    let address = (host.trim_matches(['[', ']']), port).to_socket_addrs()?.next().ok_or_else(wrong)?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n", url.path())?;
    let mut first = String::new();
    BufReader::new(stream).read_line(&mut first)?;
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| Failure::fault(format!("{url} does not speak HTTP")))
}
