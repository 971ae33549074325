//! Signing in, beside argon2id alone with the same parameters on as many threads.

use std::{
    error::Error,
    thread,
    time::{Duration, Instant},
};

use access::{Access, AccessConfig, PasswordCost, Secret, SignIn, Visitor};
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use kernel::{Clock, PersonId};
use uuid::Uuid;

use crate::{pgbench, report::Figure, world::World};

const PASSWORD: &str = "seven boats at dawn";
/// People who sign in in turn, two at a time.
const PEOPLE: usize = 8;
const AT_ONCE: usize = 2;

/// Sign-ins a second, each person after the other.
async fn sign_ins(world: &World) -> Result<f64, Box<dyn Error>> {
    let config = AccessConfig {
        hashes_at_once: AT_ONCE,
        ..AccessConfig::new("https://bench.example", "https://bench.example".parse()?, Secret::generate())
    };
    let access = Access::new(world.pools.orm.clone(), config, Clock::system())?;
    for number in 0..PEOPLE {
        let person = identity::add_person(&world.pools.orm, PersonId(Uuid::now_v7()), "Bo", &format!("bo{number}@example.org")).await?;
        access.give_password(person, PASSWORD).await?;
    }
    let started = Instant::now();
    let visitors: Vec<_> = (0..AT_ONCE)
        .map(|first| {
            let access = access.clone();
            tokio::spawn(async move {
                let (visitor, mut done) = (Visitor::new(None, "bench"), 0_u32);
                for number in (first..PEOPLE).step_by(AT_ONCE).cycle() {
                    if started.elapsed() > Duration::from_secs(pgbench::SECONDS.into()) {
                        break;
                    }
                    let signed = access.sign_in(&visitor, &format!("bo{number}@example.org"), PASSWORD).await;
                    assert!(matches!(signed, Ok(SignIn::Done(_))), "{signed:?}");
                    done += 1;
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for visitor in visitors {
        done += visitor.await?;
    }
    Ok(f64::from(done) / started.elapsed().as_secs_f64())
}

/// Verifications a second and nothing else.
fn argon2_alone() -> Result<f64, Box<dyn Error>> {
    let PasswordCost { memory_kib, passes, lanes } = PasswordCost::RECOMMENDED;
    let params = Params::new(memory_kib, passes, lanes, None).map_err(|error| error.to_string())?;
    let hash =
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password(PASSWORD.as_bytes()).map_err(|error| error.to_string())?;
    let started = Instant::now();
    let verifiers: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let hash = hash.clone();
            thread::spawn(move || {
                let mut done = 0_u32;
                while started.elapsed() < Duration::from_secs(pgbench::SECONDS.into()) {
                    assert!(Argon2::default().verify_password(PASSWORD.as_bytes(), &hash).is_ok(), "it is the password");
                    done += 1;
                }
                done
            })
        })
        .collect();
    let done: u32 = verifiers.into_iter().map(|verifier| verifier.join().unwrap_or_default()).sum();
    Ok(f64::from(done) / started.elapsed().as_secs_f64())
}

pub(crate) async fn measure(world: &World) -> Result<Vec<Figure>, Box<dyn Error>> {
    let ours = sign_ins(world).await?;
    let theirs = argon2_alone()?;
    Ok(vec![Figure {
        path: "sign in with a password, 2 at a time",
        ours,
        reference: "argon2id alone, 2 threads",
        theirs: Some(theirs),
        budget: "bound by argon2 alone",
        note: "19 MiB, 2 passes, 1 lane".to_owned(),
    }])
}
