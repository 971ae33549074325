//! Against the real binaries of this machine.

use std::{
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    sync::Barrier,
    thread,
};

use local_postgres::{Durability, LocalPostgres, LocalPostgresError};
use tempfile::TempDir;

/// A root folder whose server is stopped at the end, also when the test fails.
struct Root(TempDir);

impl Root {
    fn new() -> Self {
        // Open to the account that root's server runs as.
        let open = std::fs::Permissions::from_mode(0o755);
        Self(
            tempfile::Builder::new()
                .prefix("guildhall-")
                .permissions(open)
                .tempdir()
                .expect("the machine has room in its temporary folder"),
        )
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn ensure(&self) -> LocalPostgres {
        LocalPostgres::ensure(self.path(), 0, Durability::Fast).expect("a server starts on any free port")
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        if self.path().join("data").exists() {
            let _ = LocalPostgres::ensure(self.path(), 0, Durability::Fast).and_then(|server| server.stop());
        }
    }
}

fn answers(server: &LocalPostgres) -> bool {
    TcpStream::connect(("127.0.0.1", server.port())).is_ok()
}

/// Processes whose working folder is the cluster's: the server and its backends.
fn processes_in(data: &Path) -> usize {
    let entries = std::fs::read_dir("/proc").expect("these tests run on Linux").flatten();
    entries.filter(|entry| std::fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == data)).count()
}

#[test]
fn asking_twice_gives_the_same_server() {
    let root = Root::new();
    let first = root.ensure();
    let first_pid = first.pid();
    let second = root.ensure();
    assert!(first.is_running() && answers(&first));
    assert_eq!(first_pid, second.pid());
    assert_eq!(first.url("postgres"), second.url("postgres"));
}

#[test]
fn several_callers_at_once_share_one_server() {
    const CALLERS: usize = 4;
    let root = Root::new();
    let start = Barrier::new(CALLERS);
    let pids = thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    root.ensure().pid()
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(pids[0].is_some());
    assert!(pids.iter().all(|pid| *pid == pids[0]), "{pids:?}");
}

/// Not a test by itself: the body of another process, see [`another_process_finds_the_running_server`].
#[test]
fn as_another_process() {
    if let Some(root) = std::env::var_os("LOCAL_POSTGRES_TEST_ROOT") {
        let server = LocalPostgres::ensure(Path::new(&root), 0, Durability::Fast).unwrap();
        println!("found {}", server.pid().unwrap());
    }
}

#[test]
fn another_process_finds_the_running_server() {
    let root = Root::new();
    let server = root.ensure();
    let mut other = Command::new(std::env::current_exe().unwrap());
    other.args(["--exact", "as_another_process", "--nocapture"]).env("LOCAL_POSTGRES_TEST_ROOT", root.path());
    let output = String::from_utf8(other.output().unwrap().stdout).unwrap();
    assert!(output.contains(&format!("found {}", server.pid().unwrap())), "{output}");
}

#[test]
fn a_killed_server_comes_back_on_its_port() {
    let root = Root::new();
    let killed = root.ensure();
    let pid = killed.pid();
    killed.kill9().unwrap();
    assert!(!killed.is_running());
    let again = root.ensure();
    assert!(again.is_running() && answers(&again));
    assert_ne!(again.pid(), pid);
    assert_eq!(again.port(), killed.port());
}

#[test]
fn a_process_number_that_was_given_away_is_not_taken_for_the_server() {
    let root = Root::new();
    let killed = root.ensure();
    killed.kill9().unwrap();
    let file = root.path().canonicalize().unwrap().join("data/postmaster.pid");
    let text = std::fs::read_to_string(&file).unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    std::fs::write(&file, format!("{}\n{rest}", std::process::id())).unwrap();
    assert!(!killed.is_running());
    assert!(root.ensure().is_running());
}

#[test]
fn a_taken_port_is_named() {
    let root = Root::new();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().port();
    let refused = LocalPostgres::ensure(root.path(), taken, Durability::Fast).unwrap_err();
    assert!(matches!(refused, LocalPostgresError::PortTaken { port } if port == taken), "{refused}");
    assert!(refused.to_string().contains(&taken.to_string()));
}

#[test]
fn another_port_or_durability_restarts_it() {
    let root = Root::new();
    let fast = root.ensure();
    let first = fast.pid();
    let durable = LocalPostgres::ensure(root.path(), fast.port(), Durability::Durable).unwrap();
    assert!(durable.pid().is_some() && durable.pid() != first);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let moved = LocalPostgres::ensure(root.path(), free, Durability::Durable).unwrap();
    assert_eq!(moved.port(), free);
    assert!(answers(&moved) && !answers(&fast));
}

#[test]
fn stopping_leaves_nothing_running() {
    let root = Root::new();
    let server = root.ensure();
    let data = root.path().canonicalize().unwrap().join("data");
    assert!(processes_in(&data) > 0);
    server.stop().unwrap();
    assert!(!server.is_running() && !answers(&server));
    assert_eq!(processes_in(&data), 0);
    server.stop().unwrap();
}

#[test]
fn a_root_too_deep_for_a_socket_gets_a_short_one() {
    let root = Root::new();
    let deep = root.path().join("a".repeat(120)).join("it's deep");
    let server = LocalPostgres::ensure(&deep, 0, Durability::Fast).unwrap();
    assert!(server.is_running() && answers(&server));
    let pid = server.pid();
    assert_eq!(LocalPostgres::ensure(&deep, 0, Durability::Fast).unwrap().pid(), pid);
    server.stop().unwrap();
}

#[test]
fn a_half_made_cluster_is_made_anew() {
    let root = Root::new();
    std::fs::create_dir(root.path().join("data.new")).unwrap();
    std::fs::write(root.path().join("data.new/PG_VERSION"), "15\n").unwrap();
    assert!(root.ensure().is_running());
}

#[test]
fn data_of_a_version_that_is_gone_is_named() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("data")).unwrap();
    std::fs::write(root.path().join("data/PG_VERSION"), "12\n").unwrap();
    let refused = LocalPostgres::ensure(root.path(), 0, Durability::Fast).unwrap_err();
    assert!(matches!(refused, LocalPostgresError::OtherMajor { major: 12, .. }), "{refused}");
}

#[test]
fn a_closed_parent_folder_is_named_to_root() {
    if !rustix::process::geteuid().is_root() {
        return; // only root hands the server to another account
    }
    let closed = tempfile::tempdir().unwrap();
    std::fs::set_permissions(closed.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let refused = LocalPostgres::ensure(&closed.path().join("pg"), 0, Durability::Fast).unwrap_err();
    assert!(
        matches!(&refused, LocalPostgresError::NotReachable { dir, .. } if dir.ends_with(closed.path().file_name().unwrap())),
        "{refused}"
    );
}
