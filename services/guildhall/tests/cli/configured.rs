//! Settings from file and environment: what goes before what, what is refused, what is shown.

use std::{fs, path::Path, process::Command};

use serde_json::Value;
use tempfile::TempDir;

use super::{Ended, guildhall};

/// Runs with a file of settings.
fn with_file(home: &TempDir, text: &str, arguments: &[&str]) -> Command {
    let file = home.path().join("guildhall.toml");
    fs::write(&file, text).unwrap();
    let mut command = guildhall(home.path(), arguments);
    command.env("GUILDHALL_CONFIG", file);
    command
}

fn run(mut command: Command) -> Ended {
    Ended::from(command.output().unwrap())
}

/// Value and origin of a setting.
fn setting(told: &Value, name: &str) -> (Value, String) {
    let settings = told["settings"].as_array().unwrap();
    let found = settings.iter().find(|setting| setting["name"] == name).unwrap_or_else(|| panic!("{name} is not told"));
    (found["value"].clone(), found["origin"].as_str().unwrap().to_owned())
}

#[test]
fn k12_a_flag_goes_before_the_environment_and_the_environment_before_the_file() {
    let home = TempDir::new().unwrap();
    let file = "port = 1001\nsettlers = 3\nconnections = 21\nbehind_tls = true\nallowed_origins = [\"https://a.example\", \"https://b.example\"]\n";
    let mut command = with_file(&home, file, &["config", "--json", "--connections", "23"]);
    command.env("GUILDHALL_CONNECTIONS", "22").env("GUILDHALL_SETTLERS", "4").env("GUILDHALL_MAIL", "");
    let told = run(command).json();
    let from_file = home.path().join("guildhall.toml").display().to_string();
    for (name, value, origin) in [
        ("connections", "23", "command line"),
        ("settlers", "4", "environment"),
        ("port", "1001", from_file.as_str()),
        ("behind_tls", "true", &from_file),
        ("allowed_origins", "https://a.example,https://b.example", &from_file),
        ("stripe_port", "12111", "default"),
    ] {
        assert_eq!(setting(&told, name), (value.into(), origin.to_owned()), "{name}");
    }
    assert_eq!(setting(&told, "mail").0, Value::Null, "set to nothing is not set");
}

#[test]
fn k12_every_mistake_is_told_at_once_with_its_name_its_value_and_its_cure() {
    let home = TempDir::new().unwrap();
    let file = "prot = 8080\nport = \"eighty\"\nstorage = \"hunter2\"\nsettlers = { many = true }\nbehind_tls = \"perhaps\"\n";
    let mut command = with_file(&home, file, &["worker"]);
    command.env("GUILDHALL_TRACE_RATIO", "2").env("DATABASE_URL", "mysql://ana:hunter2@db/guildhall");
    let ended = run(command);
    assert_eq!(ended.code, 2, "{ended:?}");
    let lines: Vec<&str> = ended.err.lines().collect();
    assert_eq!(lines.first(), Some(&"guildhall: 7 settings cannot be used:"), "{}", ended.err);
    for told in [
        &["prot", "did you mean port?"][..],
        &["port", "\"eighty\"", "guildhall.toml", "invalid digit", "The port of the api"],
        &["storage", "s3://bucket/prefix"],
        &["settlers", "must be a text, a number"],
        &["behind_tls", "perhaps", "true or false"],
        &["GUILDHALL_TRACE_RATIO", "\"2\"", "the environment", "from 0 to 1"],
        &["DATABASE_URL", "postgres://user:password@host"],
    ] {
        assert!(lines.iter().any(|line| told.iter().all(|words| line.contains(words))), "{told:?} is not in\n{}", ended.err);
    }
    assert!(!ended.err.contains("hunter2"), "no secret is told: {}", ended.err);
}

#[test]
fn k12_programs_are_told_the_mistakes_as_json() {
    let home = TempDir::new().unwrap();
    let ended = run(with_file(&home, "colour = \"blue\"\n", &["config", "--json"]));
    let error = &ended.json()["error"];
    assert_eq!((ended.code, &error["kind"], &error["problems"][0]["name"]), (2, &"settings".into(), &"colour".into()), "{ended:?}");
}

#[test]
fn k12_a_file_that_is_missing_or_no_toml_is_named_with_the_line() {
    let home = TempDir::new().unwrap();
    let mut missing = guildhall(home.path(), &["config"]);
    missing.args(["--config", "/nowhere/guildhall.toml"]);
    let missing = run(missing);
    assert!(
        missing.code == 2 && missing.err.contains("/nowhere/guildhall.toml") && missing.err.contains("GUILDHALL_CONFIG"),
        "{missing:?}"
    );
    let broken = run(with_file(&home, "port = 8080\nstripe_key = sk_live_hunter2\n", &["config"]));
    assert!(broken.code == 2 && broken.err.contains("line 2") && !broken.err.contains("hunter2"), "{broken:?}");
}

#[test]
fn k12_secrets_are_covered_wherever_they_come_from() {
    let home = TempDir::new().unwrap();
    let file = "webhook_secrets = [\"whsec_hunter2\", \"whsec_hunter3\"]\notlp_headers = \"authorization=hunter2\"\n";
    let mut command = with_file(&home, file, &["config", "--json", "--stripe-key", "sk_test_hunter2"]);
    command
        .env("DATABASE_URL", "postgres://guildhall:hunter2@db:5432/guildhall")
        .env("GUILDHALL_MAIL", "smtp://ana:hunter2@mail.example:587");
    let ended = run(command);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(!ended.out.contains("hunter") && !ended.err.contains("hunter"), "{ended:?}");
    let told = ended.json();
    assert_eq!(setting(&told, "database_url").0, "postgres://guildhall:***@db:5432/guildhall");
    assert_eq!(setting(&told, "webhook_secrets").0, "***,***");
    assert_eq!(setting(&told, "stripe_key"), ("***".into(), "command line".to_owned()));
}

#[test]
fn k12_a_variable_that_looks_like_ours_is_told_with_what_may_have_been_meant() {
    let home = TempDir::new().unwrap();
    let mut command = guildhall(home.path(), &["config"]);
    command.env("GUILDHALL_PROT", "8080");
    let ended = run(command);
    assert_eq!(ended.code, 0, "it is no reason to stop: {ended:?}");
    assert!(ended.err.contains("GUILDHALL_PROT") && ended.err.contains("did you mean GUILDHALL_PORT?"), "{ended:?}");
}

#[test]
fn j3_k12_proxies_trusted_documents_and_quotas_are_set_and_checked() {
    let home = TempDir::new().unwrap();
    let documents = home.path().join("documents.json");
    fs::write(&documents, "{\"00\": \"{ viewer { name } }\"}").unwrap();
    let file = format!("trusted_proxies = [\"10.0.0.0/8\", \"example.org\"]\ntrusted_documents = {documents:?}\nkey_quota = \"much\"\n");
    let ended = run(with_file(&home, &file, &["config"]));
    assert_eq!(ended.code, 2, "{ended:?}");
    for told in ["trusted_proxies = ", "10.0.0.0/8", "does not have that SHA-256", "60000+1000/s"] {
        assert!(ended.err.contains(told), "{told} is not in {}", ended.err);
    }
    fs::write(&documents, "{}").unwrap();
    let file = format!(
        "trusted_proxies = [\"10.0.0.0/8\", \"2001:db8::1\"]\ntrusted_documents = {documents:?}\ntrusted_only = true\ncoop_quota = \"5+1/s\"\n"
    );
    let told = run(with_file(&home, &file, &["config", "--json"])).json();
    for (name, value) in
        [("trusted_proxies", "10.0.0.0/8,2001:db8::1"), ("trusted_only", "true"), ("coop_quota", "5+1/s"), ("person_quota", "40000+500/s")]
    {
        assert_eq!(setting(&told, name).0, value, "{name}");
    }
}

#[test]
fn the_table_of_settings_in_the_readme_is_the_one_that_the_command_prints() {
    let printed = guildhall(std::env::temp_dir().as_path(), &["config", "--readme"]).output().unwrap();
    let table = String::from_utf8(printed.stdout).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    assert!(
        table.lines().count() > 15 && readme.contains(&format!("<!-- settings -->\n{table}<!-- end of settings -->")),
        "run `make generate`"
    );
}

#[test]
fn the_settings_for_kubernetes_and_compose_are_settings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let home = TempDir::new().unwrap();
    let ended = run(with_file(&home, &fs::read_to_string(root.join("infra/kubernetes/guildhall.toml")).unwrap(), &["config", "--json"]));
    let told = ended.json();
    assert_eq!((ended.code, setting(&told, "behind_tls").0), (0, "true".into()), "{ended:?}");
    let known: Vec<&str> = told["settings"].as_array().unwrap().iter().filter_map(|setting| setting["variable"].as_str()).collect();
    for file in [
        "docker-compose.yml",
        "infra/Dockerfile",
        "infra/kubernetes/api.yaml",
        "infra/kubernetes/worker.yaml",
        "infra/kubernetes/kustomization.yaml",
    ] {
        let text = fs::read_to_string(root.join(file)).unwrap();
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        for name in words.filter(|word| word.starts_with("GUILDHALL_")) {
            assert!(known.contains(&name), "{file}: {name} is not a setting");
        }
    }
}
