//! How a worker is set up.

use db::Pools;
use kernel::Clock;
use payouts::Payouts;
use settlement::Settlement;
use statements::Desk;

/// What a worker works with.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// A pool of the application's role. Two connections are kept for listening, one for the presence of the job worker;
    /// each settler takes one, each job and each run that is sent a few more for moments.
    pub pools: Pools,
    /// Settlement, with a gateway unless fees are fetched by somebody else.
    pub settlement: Settlement,
    /// Payouts; `None` sends nothing.
    pub payouts: Option<Payouts>,
    /// The desk that makes and mails statements; `None` leaves these jobs to others.
    pub desk: Option<Desk>,
    /// The desk that writes invitations and packs exports; `None` leaves these jobs to others.
    pub members: Option<identity::Desk>,
    /// The post for the letters of the door; `None` leaves these jobs to others.
    pub post: Option<access::Post>,
    /// The desk that tells people what is held for them; `None` leaves these jobs to others.
    pub promises: Option<stock::promises::Desk>,
    /// The time for schedules and the jobs' back-off.
    pub clock: Clock,
    /// Batches of events that are settled at the same time.
    pub settlers: usize,
    /// Whether levels of the database are measured, for metrics that somebody reads.
    pub measures: bool,
    /// Payout runs that are sent at the same time, each of another co-op or currency.
    pub senders: usize,
}

impl WorkerConfig {
    /// A worker with two settlers and eight senders.
    pub fn new(pools: Pools, settlement: Settlement, clock: Clock) -> Self {
        Self {
            pools,
            settlement,
            payouts: None,
            desk: None,
            members: None,
            post: None,
            promises: None,
            clock,
            settlers: 2,
            measures: false,
            senders: 8,
        }
    }
}
