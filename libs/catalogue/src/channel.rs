//! Where things are sold.

use crate::words::worded;

worded! {
    /// Where something is shown and sold.
    Channel {
        /// The co-op's shop front.
        Web = "web",
        /// A till at a stall.
        Till = "till",
        /// A live stream.
        Stream = "stream",
        /// A subscription's delivery.
        Subscription = "subscription",
    }
}
